/** Does to the world what a fault says, and undoes it when its time is over. */
import { unreachable } from '@fernsight/base';
import type { World } from '../checkers/checker.ts';
import { simModel } from '../model/simModels.ts';
import type { Network } from '../network/network.ts';
import type { Trace } from '../trace.ts';
import { CLOUD, describeFault, type Fault } from './fault.ts';
import { type Happening, stepKind } from './happening.ts';

export interface Afflicted extends World {
  readonly network: Network;
}

export function inflict(fault: Fault, world: Afflicted, trace: Trace): void {
  trace.note('fault', describeFault(fault));
  const undo = begin(fault, world);
  if (undo !== undefined && 'forMs' in fault) world.kernel.after(fault.forMs, undo);
}

/** @returns what ends it, for a fault that lasts */
function begin(fault: Fault, world: Afflicted): (() => void) | undefined {
  const { network } = world;
  switch (fault.kind) {
    case 'cut':
      return network.cut(fault.nodes);
    case 'halfOpen':
      return network.silence(fault.nodes);
    case 'partition':
      return network.part(fault.group);
    case 'badLine':
      return network.worsen(fault.what, fault.ratio);
    case 'slowLine':
      return network.slow(fault.latencyMs);
    case 'swapModel':
      world.cloud.choose(fault.sensorType, simModel(fault.sensorType, fault.variant));
      return undefined;
    case 'rollBackModel':
      world.cloud.choose(fault.sensorType, undefined);
      return undefined;
    default:
      return beginAt(fault, world);
  }
}

type NodeFault = Extract<Fault, { readonly node: string }>;

/** The same for a fault of one node. */
function beginAt(fault: NodeFault, world: Afflicted): (() => void) | undefined {
  const { agents, plains, cloud } = world;
  const agent = agents.find(({ name }) => name === fault.node);
  const plain = plains.find(({ name }) => name === fault.node);
  const node = fault.node === CLOUD ? cloud : agent;
  switch (fault.kind) {
    case 'crash':
      node?.trap.set(fault.point, fault.pass, fault.hasPower);
      return undefined;
    case 'kill':
      if (node?.crash(fault.hasPower, fault.awayMs) === true) world.happened(killKind(fault));
      return undefined;
    case 'diskFull':
    case 'diskFails':
      node?.trouble(fault.kind, true);
      return () => node?.trouble(fault.kind, false);
    case 'clockStep':
      node?.wall.step(fault.stepUs);
      world.happened(stepKind(fault));
      return undefined;
    case 'clockDrift':
      node?.wall.setRate(fault.rate);
      world.happened('clock drift');
      return undefined;
    case 'flood':
      agent?.source.flood(fault.rows);
      plain?.flood(fault.rows);
      world.happened('flood');
      return undefined;
    case 'maintenance': {
      const device = agent ?? plain;
      if (device !== undefined) cloud.maintain(fault.node, () => device.stampUs(), fault.forMs);
      return undefined;
    }
    case 'silence':
      agent?.source.silence(fault.forMs);
      plain?.silence(fault.forMs);
      world.happened('silence');
      return undefined;
    default:
      return unreachable(fault);
  }
}

function killKind({ node, hasPower }: Extract<Fault, { kind: 'kill' }>): Happening {
  if (node === CLOUD) return hasPower ? 'kill of the cloud' : 'power cut of the cloud';
  return hasPower ? 'kill of an agent' : 'power cut of an agent';
}
