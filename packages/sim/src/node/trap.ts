/** A crash that waits: the component is to end when it has passed a point so many times more. */
import type { CrashPoint } from '@fernsight/base';

interface Set {
  readonly point: CrashPoint;
  readonly hasPower: boolean;
  passes: number;
}

export class Trap {
  #traps: Set[] = [];

  set(point: CrashPoint, passes: number, hasPower: boolean): void {
    this.#traps.push({ point, passes, hasPower });
  }

  /** @returns how to end, where this pass is the one */
  passes(point: CrashPoint): Omit<Set, 'passes'> | undefined {
    const sprung = this.#traps.find((trap) => trap.point === point && --trap.passes <= 0);
    if (sprung !== undefined) this.#traps = this.#traps.filter((trap) => trap !== sprung);
    return sprung;
  }

  /** Takes all traps away. */
  release(): void {
    this.#traps = [];
  }
}
