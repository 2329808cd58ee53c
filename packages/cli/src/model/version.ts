/** How people name a model: by the beginning of its hash, and `shipped` for what Fernsight ships with. */
import { formatTimestamp, UsageFault } from '@fernsight/base';
import type { Model } from '@fernsight/wire';

/** Digits of a hash that are printed; what people write must fit one model alone. */
const SHORT_DIGITS = 12;
export const SHIPPED = 'shipped';

/** @throws UsageFault unless exactly one model's hash begins so */
export function findModel(short: string, models: readonly Model[]): Model {
  const found = models.filter(({ hash }) => hash.startsWith(short.toLowerCase()));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new UsageFault(
    `${found.length === 0 ? 'no' : 'more than one'} model begins with ${short}`,
    { op: 'models.find', hint: 'fernsight models list' },
  );
}

export function shortOf(hash: string | null): string {
  return hash === null ? SHIPPED : hash.slice(0, SHORT_DIGITS);
}

export function lineOf({ hash, sensorType, active, createdUs, report }: Model): string {
  const mark = active ? '*' : ' ';
  const what = `${report.seriesCount} series, ${report.rowCount} rows`;
  return `${mark} ${shortOf(hash)}  ${sensorType}  ${formatTimestamp(createdUs)}  ${what}`;
}
