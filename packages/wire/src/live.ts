/**
 * The live feed: `GET /api/v1/live`, server-sent events. Everybody gets the same `fleet` frame, once a second, encoded
 * once; a viewer who names a device (`?device=`) also gets its readings as they are judged.
 *
 * The id of an event is the frame's number. A viewer that comes back with `Last-Event-ID` gets what it missed while the
 * server still has it, else a `reset` with the whole fleet.
 */
import { type Static, Type } from 'typebox';
import { Count, Name, Time } from './atoms.ts';
import { Anomaly, FleetDevice, FleetTotals, LatestPoint } from './fleet.ts';

/**
 * The devices that changed since the frame before; in a `reset`, all of them. A frame of many devices comes as several
 * events of the same name and number, so that a page never parses long at a time; only the last has an id.
 */
export const FleetFrame = Type.Object({
  frame: Count,
  nowUs: Time,
  totals: FleetTotals,
  devices: Type.Array(FleetDevice),
  /** devices that left the fleet view */
  gone: Type.Array(Name),
  /** anomalies since the frame before, newest last, at most 100 */
  anomalies: Type.Array(Anomaly),
  /** further devices of this frame follow in another event */
  more: Type.Optional(Type.Boolean()),
});
export type FleetFrame = Static<typeof FleetFrame>;

/** The readings of the device that the viewer has open, since the event before. */
export const DeviceFrame = Type.Object({
  device: Name,
  points: Type.Array(LatestPoint),
});
export type DeviceFrame = Static<typeof DeviceFrame>;

export const LiveQuery = Type.Object({ device: Type.Optional(Name) });

/** event name -> what its data holds */
export interface LiveEvents {
  reset: FleetFrame;
  fleet: FleetFrame;
  device: DeviceFrame;
}
