/** The sensor types of the store, and which models judge their series in the cloud: plain data, to leave its thread. */
import { JOINT_SENSOR, type Registry, type SeriesRecord } from '../store/registry.ts';
import { typeOf } from './deviceModels.ts';

export interface TypeUse {
  readonly sensorType: string;
  /** whoever judges them */
  readonly seriesCount: number;
  /** of those that the cloud judged since it started; a hash of null is what ships */
  readonly judged: readonly { readonly hash: string | null; readonly seriesCount: number }[];
}

/**
 * @param modelOf the hash that judges a series; undefined where nothing here does
 * @returns by name. O(series)
 */
export function modelUse(
  registry: Registry,
  modelOf: (series: SeriesRecord) => string | null | undefined,
): TypeUse[] {
  const types = new Map<string, { seriesCount: number; judged: Map<string | null, number> }>();
  for (const device of registry.devices()) {
    for (const series of device.series) {
      if (series.sensor === JOINT_SENSOR) continue;
      const sensorType = typeOf(device, series.sensor);
      const use = types.get(sensorType) ?? { seriesCount: 0, judged: new Map() };
      types.set(sensorType, use);
      use.seriesCount++;
      const hash = modelOf(series);
      if (hash !== undefined) use.judged.set(hash, (use.judged.get(hash) ?? 0) + 1);
    }
  }
  return [...types]
    .map(([sensorType, { seriesCount, judged }]) => ({
      sensorType,
      seriesCount,
      judged: Array.from(judged, ([hash, count]) => ({ hash, seriesCount: count })),
    }))
    .sort((a, b) => (a.sensorType < b.sensorType ? -1 : 1));
}
