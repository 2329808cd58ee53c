/**
 * The sensors a patch looks at, each on its own scale, as a clean prefix showed them.
 *
 * Sensors of few values (commands, flags, constants) are left out: their rare changes would drown the others.
 */
import type { RowBlock } from '../rowJudge.ts';
import type { PackedArrays } from '../rowSnapshot.ts';

/** A sensor of so few values is a flag. */
const FLAG_VALUES = 3;
/** Deviations are cut here, so that one sensor alone is not the whole distance. */
const CUT = 6;
/** A deviation is at least this part of the mean's size: a sensor that stood still is not infinitely precise. */
const DEVIATION_SHARE = 0.01;
const DEVIATION_MIN = 1e-3;

export class Scaling {
  /** sensors looked at */
  readonly width: number;
  readonly #columns: Float64Array;
  readonly #means: Float64Array;
  readonly #deviations: Float64Array;

  private constructor(columns: Float64Array) {
    this.width = columns.length;
    this.#columns = columns;
    this.#means = new Float64Array(this.width);
    this.#deviations = new Float64Array(this.width);
  }

  static learn(train: RowBlock): Scaling {
    const scaling = new Scaling(Float64Array.from(livelyColumns(train)));
    scaling.#measure(train);
    return scaling;
  }

  /** @throws {SnapshotError} */
  static restore(packed: PackedArrays): Scaling {
    const scaling = new Scaling(packed.float64());
    packed.fill(scaling.#means);
    packed.fill(scaling.#deviations);
    return scaling;
  }

  arrays(): ArrayBufferView[] {
    return [this.#columns, this.#means, this.#deviations];
  }

  #measure(train: RowBlock): void {
    this.#columns.forEach((column, j) => {
      const values = presentValues(train, column);
      const count = Math.max(values.length, 1);
      const mean = values.reduce((sum, value) => sum + value / count, 0);
      const variance = values.reduce(
        (sum, value) => sum + (value - mean) * ((value - mean) / count),
        0,
      );
      const least = Math.max(DEVIATION_SHARE * (0.05 + Math.abs(mean)), DEVIATION_MIN);
      this.#means[j] = mean;
      this.#deviations[j] = Math.max(Math.sqrt(variance), least);
    });
  }

  /** Writes the row's deviations to out[at …]; a missing value is taken as usual. */
  apply(row: Float64Array, out: Float32Array, at: number): void {
    for (let j = 0; j < this.width; j += 1) {
      const value = row[this.#columns[j] ?? 0] ?? Number.NaN;
      const z = (value - (this.#means[j] ?? 0)) / (this.#deviations[j] ?? 1);
      out[at + j] = z > CUT ? CUT : z < -CUT ? -CUT : Number.isNaN(z) ? 0 : z;
    }
  }
}

/** All columns where none is lively. */
function livelyColumns(train: RowBlock): number[] {
  const columns = Array.from({ length: train.width }, (_, column) => column);
  const lively = columns.filter((column) => isLively(train, column));
  return lively.length > 0 ? lively : columns;
}

function isLively(train: RowBlock, column: number): boolean {
  const seen = new Set<number>();
  for (let i = column; i < train.values.length && seen.size <= FLAG_VALUES; i += train.width) {
    seen.add(train.values[i] ?? Number.NaN);
  }
  return seen.size > FLAG_VALUES;
}

function presentValues(train: RowBlock, column: number): Float64Array {
  const values = Float64Array.from(
    { length: train.count },
    (_, i) => train.values[i * train.width + column] ?? 0,
  );
  return values.filter((value) => !Number.isNaN(value));
}
