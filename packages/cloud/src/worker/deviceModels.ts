/**
 * Which models judge a device's series in the cloud.
 *
 * A device changes over to what is chosen when its tail is packed: the models are written beside the judges' snapshots,
 * in the same transaction, so that what is in the journal after them was judged by them and by no others. A restart
 * finds each change where it was, and the journal knows nothing of models. A device that was never packed is judged by
 * what ships.
 */
import type { DeviceJudge, DeviceOptions, RowScorer } from '@fernsight/detect';
import type { DeviceRecord } from '../store/registry.ts';

/** The key under which a device's models stand among its snapshots; no sensor has a slash in its name. */
export const MODELS_KEY = '/models';

export interface JudgeModels {
  /** sensor type -> hash */
  readonly chosen: ReadonlyMap<string, string>;
  forest(hash: string): RowScorer | undefined;
}

export class DeviceModels {
  readonly #models: JudgeModels | undefined;
  readonly #used = new WeakMap<DeviceRecord, ReadonlyMap<string, string>>();

  constructor(models: JudgeModels | undefined) {
    this.#models = models;
  }

  /** @returns the forest that judges a sensor of the device now */
  forestFor(device: DeviceRecord): NonNullable<DeviceOptions['forestFor']> {
    return (sensor) => this.#forest(this.#used.get(device)?.get(typeOf(device, sensor)));
  }

  /** @returns the hash that judges a sensor of the device; null is what ships */
  hashFor(device: DeviceRecord, sensor: string): string | null {
    return this.#used.get(device)?.get(typeOf(device, sensor)) ?? null;
  }

  /** The device is as its snapshots left it. @param bytes what stood under MODELS_KEY; none: what ships */
  restore(device: DeviceRecord, bytes: Uint8Array | undefined): void {
    this.#used.set(device, bytes === undefined ? new Map() : parse(bytes));
  }

  /** Changes the device over to what is chosen, between two readings. @returns what to store under MODELS_KEY */
  change(device: DeviceRecord, judge: DeviceJudge): Uint8Array {
    const before = this.#used.get(device);
    const chosen = new Map<string, string>();
    for (const sensor of judge.sensors()) {
      const type = typeOf(device, sensor);
      const hash = this.#models?.chosen.get(type);
      if (hash !== undefined) chosen.set(type, hash);
      if (hash !== before?.get(type)) judge.swapForest(sensor, this.#forest(hash));
    }
    this.#used.set(device, chosen);
    return Buffer.from(JSON.stringify(Object.fromEntries(chosen)));
  }

  #forest(hash: string | undefined): RowScorer | undefined {
    return hash === undefined ? undefined : this.#models?.forest(hash);
  }
}

/** What is damaged names no models: the snapshots beside it are then of no use either, and the device warms up. */
function parse(bytes: Uint8Array): ReadonlyMap<string, string> {
  try {
    return new Map(Object.entries<string>(Object(JSON.parse(Buffer.from(bytes).toString()))));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return new Map();
  }
}

/** A sensor without a type is of the type of its name. */
export function typeOf(device: DeviceRecord, sensor: string): string {
  return device.bySensor.get(sensor)?.type ?? sensor;
}
