/** The public face of the package: an agent, its sources, its link, and its outbox looked at from outside. */

export {
  AGENT_VERSION,
  Agent,
  createAgent,
  type RunOptions,
} from './agent.ts';
export type { AgentOptions, SeenReading } from './agentOptions.ts';
export type { AgentView } from './agentView.ts';
export { certificateHint } from './authority.ts';
export { AT_BOUND, type AtBound } from './outbox/bound.ts';
export {
  type ExportedRow,
  exportOutbox,
  type OutboxStatus,
  readOutboxStatus,
} from './outbox/inspect.ts';
export { type Columns, pickColumns, type WantedColumns } from './source/columns.ts';
export { type CsvOptions, createCsvSource } from './source/csv.ts';
export type { SourceStatus } from './source/feed.ts';
export { parseNumber, parseTime } from './source/field.ts';
export { createLinuxSource, type LinuxOptions } from './source/linux.ts';
export { createMqttSource, type MqttOptions } from './source/mqtt.ts';
export { filterOf, type TopicMapping } from './source/mqttTopic.ts';
export { createNdjsonSource, type NdjsonOptions } from './source/ndjson.ts';
export { parseSpeed, type Speed } from './source/pace.ts';
export { createPushSource, type PushOptions } from './source/push.ts';
export { createSimulator, type SimulatorOptions } from './source/simulator.ts';
export type { Block, Invalid, Source, Taken } from './source/source.ts';
export {
  CLEAN_ROWS,
  createSynthetic,
  SYNTHETIC_TYPES,
  type SyntheticOptions,
  type SyntheticReading,
  type SyntheticSeries,
  type SyntheticType,
  unitOf,
} from './source/synthetic.ts';
export { openTable, type Row, type Table } from './source/table.ts';
export { Screen, type ScreenSize } from './status/screen.ts';
export { type StatusServer, startStatusServer } from './status/statusServer.ts';
export {
  createHttpLink,
  fetchedOf,
  type HttpLinkOptions,
  type LinkAnswer,
  replyOf,
} from './uplink/httpLink.ts';
export { type Link, LinkError, type LinkErrorKind, type ModelLink } from './uplink/link.ts';
export type { UplinkStatus } from './uplink/uplink.ts';
