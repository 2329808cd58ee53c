export { AssertionError, assert, must, unreachable } from './assert.ts';
export { Backoff, type BackoffLimits } from './backoff.ts';
export { ByteReader, ByteWriter, PackFault } from './bytes.ts';
export { type Clock, ManualClock, systemClock } from './clock.ts';
export {
  errorCode,
  errorMessage,
  Fault,
  type FaultDetail,
  faultWords,
  UsageFault,
} from './fault.ts';
export { makeFolder } from './folder.ts';
export {
  createEpoch,
  type DeviceId,
  type Epoch,
  isName,
  type ModelHash,
  NAME_LENGTH_MAX,
  NAME_PATTERN,
  NAME_RULE,
  ParseFault,
  parseDeviceId,
  parseEpoch,
  parseModelHash,
  parseSeq,
  parseSeriesId,
  parseTsUs,
  type Seq,
  type SeriesId,
  type TsUs,
} from './ids.ts';
export { createLog, type Log, type LogFields, type LogLevel, silentLog } from './log.ts';
export {
  packStamps,
  packSteps,
  packValues,
  unpackStamps,
  unpackSteps,
  unpackValues,
} from './pack.ts';
export type { CrashPoint, Probe } from './probe.ts';
export { JOINT_SENSOR, type Reading, type SensorCard } from './reading.ts';
export { createRng, type Rng, randomSecret, systemRng } from './rng.ts';
export { covers, type Span } from './span.ts';
export {
  formatTimestamp,
  parseTimestamp,
  US_PER_DAY,
  US_PER_HOUR,
  US_PER_MINUTE,
  US_PER_MS,
  US_PER_SECOND,
} from './timestamp.ts';
