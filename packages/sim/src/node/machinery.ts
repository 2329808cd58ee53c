/** What every node is given by the simulation it stands in. */
import type { CrashPoint, Rng } from '@fernsight/base';
import type { Batch } from '@fernsight/wire';
import type { Restart } from '../checkers/checker.ts';
import type { Kernel } from '../clock/kernel.ts';
import type { Disk } from '../disk/disk.ts';
import type { Flaw } from '../flaws/flaw.ts';
import type { Network } from '../network/network.ts';
import type { Happening } from '../plan/happening.ts';
import type { Trace } from '../trace.ts';
import type { Truth } from '../truth/truth.ts';
import type { Windows } from '../truth/windows.ts';
import type { AgentNode } from './agentNode.ts';

export interface Machinery {
  readonly kernel: Kernel;
  readonly rng: Rng;
  readonly trace: Trace;
  readonly network: Network;
  readonly truth: Truth;
  readonly windows: Windows;
  readonly stats: {
    passed(point: CrashPoint): void;
    happened(what: Happening): void;
  };
  readonly hear: {
    sent(agent: AgentNode, batch: Batch): void;
    answered(batch: Batch): void;
    /** the cloud took readings of a plain device */
    heard(device: string): void;
    restarted(restart: Restart): void;
    acknowledged(agent: AgentNode, rowCount: number): void;
  };
  /** a bug to behave by; none in a history that searches for those of the product */
  readonly flaw: Flaw | undefined;
  createDisk(name: string): Disk;
  fail(property: string, detail: string): void;
}
