/** Whether a device is in maintenance: nobody is told of it then, and nothing is learnt. */
import type { MaintenanceWindow } from '@fernsight/wire';

export interface MaintenanceNow {
  readonly window: MaintenanceWindow;
  readonly untilUs: number;
}

/** @returns the window that covers a device now, of several the one that ends last */
export function maintenanceNow(
  windows: readonly MaintenanceWindow[],
  device: string,
  nowUs: number,
): MaintenanceNow | undefined {
  const covering = windows
    .filter((window) => window.device === null || window.device === device)
    .map((window) => ({ window, untilUs: endOf(window, nowUs) }))
    .filter(({ window, untilUs }) => nowUs < untilUs && nowUs >= window.startUs);
  return covering.reduce<MaintenanceNow | undefined>(
    (last, one) => (last === undefined || one.untilUs > last.untilUs ? one : last),
    undefined,
  );
}

/** @returns when the coming of a window ends that began last */
function endOf({ startUs, endUs, everyUs }: MaintenanceWindow, nowUs: number): number {
  if (everyUs === null) return endUs;
  return endUs + everyUs * Math.max(0, Math.floor((nowUs - startUs) / everyUs));
}
