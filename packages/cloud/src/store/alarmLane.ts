/**
 * Where alarms begin and end in what an agent sends. Its readings come by two lanes, live and backfill, each in order
 * but not with each other, and one episode may be spread over both: it begins once.
 *
 * A lane's alarm ends with a later reading of the lane that has none. An alarm begins unless it stands in its lane, or
 * the other lane had one close by.
 */
export interface AlarmLane {
  /** an alarm stands */
  on: boolean;
  /** stamp of its newest reading with an alarm */
  newestUs: number;
}

/** Readings of one episode in both lanes lie so close: two of a slow sensor. */
const CLOSE_US = 10 * 60 * 1e6;

export function createAlarmLane(): AlarmLane {
  return { on: false, newestUs: Number.NEGATIVE_INFINITY };
}

/** Takes up one reading. @returns what it did */
export function followAlarm(
  lane: AlarmLane,
  other: AlarmLane,
  reading: { readonly tsUs: number; readonly alarm: boolean },
): 'began' | 'ended' | 'none' {
  const { tsUs, alarm } = reading;
  if (!alarm) {
    if (!lane.on || tsUs <= lane.newestUs) return 'none';
    lane.on = false;
    return 'ended';
  }
  const isNew = !lane.on && Math.abs(tsUs - other.newestUs) > CLOSE_US;
  lane.on = true;
  lane.newestUs = Math.max(lane.newestUs, tsUs);
  return isNew ? 'began' : 'none';
}
