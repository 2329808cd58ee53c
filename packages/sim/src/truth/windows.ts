/**
 * The maintenance windows that people asked the cloud for. Each is for one device, and begins after what the device had
 * measured when it was asked for, so that what falls into it is known by the stamps alone.
 */
import { covers } from '@fernsight/base';

export interface Window {
  readonly device: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly everyUs: null;
}

export class Windows {
  readonly #all: Window[] = [];
  /** how many windows of a device are in doubt */
  readonly #doubts = new Map<string, number>();

  /** Somebody asks for a window: the cloud may have it from now on. */
  ask(window: Window): void {
    this.#all.push(window);
  }

  /** Nobody knows whether the cloud has a window of a device, or since when. */
  doubt(device: string): void {
    this.#doubts.set(device, (this.#doubts.get(device) ?? 0) + 1);
  }

  /** The cloud has one of them since before it begins. */
  trust(device: string): void {
    this.#doubts.set(device, (this.#doubts.get(device) ?? 0) - 1);
  }

  isDoubted(device: string): boolean {
    return (this.#doubts.get(device) ?? 0) > 0;
  }

  covers(device: string, tsUs: number): boolean {
    return this.#all.some((window) => window.device === device && covers(window, tsUs));
  }
}
