/** A sensor type as the pages of models show it: put together from what the server says of models, choices and runs. */
import type { Activation, Carrier, Drift, Model, RolloutReply } from '@fernsight/wire';

/** What the name of a model means: its hash, or null for what Fernsight ships with. */
export type Version = string | null;

/** Digits of a hash that people see: enough to tell a thousand models apart. */
const DIGITS = 8;

export function versionWords(version: Version): string {
  return version === null ? 'shipped' : version.slice(0, DIGITS);
}

interface Known {
  readonly models: readonly Model[];
  readonly activations: readonly Activation[];
  /** of the stored series */
  readonly stored: readonly { readonly sensorType: string }[];
}

/** @returns the sensor types that have a past, then those that could get one; each once, by name */
export function sensorTypes({ models, activations, stored }: Known): {
  readonly trained: string[];
  readonly untrained: string[];
} {
  const trained = new Set([...models, ...activations].map(({ sensorType }) => sensorType));
  const untrained = stored
    .map(({ sensorType }) => sensorType)
    .filter((sensorType) => !trained.has(sensorType));
  return { trained: [...trained].sort(), untrained: untrained.sort() };
}

/** @returns what is chosen for a sensor type. Activations come newest first */
export function chosenOf(sensorType: string, activations: readonly Activation[]): Version {
  return activations.find((activation) => activation.sensorType === sensorType)?.hash ?? null;
}

/** How far a rollout is: of its carriers those that run what is chosen, try it, refused it, or wait. */
export interface RolloutCount {
  readonly running: number;
  readonly trying: number;
  readonly refused: number;
  readonly waiting: number;
}

export type CarrierStanding = keyof RolloutCount;

export function carrierStanding(carrier: Carrier, chosen: Version): CarrierStanding {
  if (carrier.running === chosen) return 'running';
  if (carrier.trial !== null && carrier.trial.hash === chosen) return 'trying';
  return carrier.refused !== null && carrier.refused.hash === chosen ? 'refused' : 'waiting';
}

export function countRollout(
  { carriers }: RolloutReply,
  sensorType: string,
  chosen: Version,
): RolloutCount {
  const count = { running: 0, trying: 0, refused: 0, waiting: 0 };
  for (const carrier of carriers) {
    if (carrier.sensorType === sensorType) count[carrierStanding(carrier, chosen)]++;
  }
  return count;
}

/** @returns series of a type that have moved so far from its training that it should be repeated */
export function retrainCount(drifts: readonly Drift[], sensorType: string): number {
  return drifts.filter((drift) => drift.sensorType === sensorType && drift.verdict === 'retrain')
    .length;
}

/**
 * @param reference inner deciles, ascending, and the shares of rows between them
 * @returns the density of rows from each edge to the next, as steps that end at the last edge. Edges that coincide, as
 *   where a value repeats, are passed over: their rows lie at one place, where a density means nothing
 */
export function densityOf({
  edges,
  shares,
}: {
  readonly edges: readonly number[];
  readonly shares: readonly number[];
}): (readonly [number, number])[] {
  const steps: (readonly [number, number])[] = [];
  for (const [index, edge] of edges.entries()) {
    const next = edges[index + 1];
    if (next === undefined || next <= edge) continue;
    steps.push([edge, (shares[index + 1] ?? 0) / (next - edge)]);
  }
  const last = edges.at(-1);
  const end = steps.at(-1);
  return last === undefined || end === undefined ? steps : [...steps, [last, end[1]]];
}
