/**
 * The table of routes. Types, validation, the OpenAPI document, the access check and the typed client come from it: a
 * route that is not here does not exist.
 */
import { Type } from 'typebox';
import { accessRoutes } from './accessRoutes.ts';
import { addresses } from './addresses.ts';
import { Name, Text } from './atoms.ts';
import { Batch, BatchReply } from './batch.ts';
import { feedbackRoutes } from './feedbackRoutes.ts';
import {
  AnomaliesQuery,
  AnomaliesReply,
  FleetReply,
  HistoryQuery,
  HistoryReply,
  LedgerReply,
  PageQuery,
} from './fleet.ts';
import { incidentRoutes } from './incidentRoutes.ts';
import { Readings, ReadingsReply } from './ingest.ts';
import { LiveQuery } from './live.ts';
import { modelRoutes } from './modelRoutes.ts';
import {
  ExportQuery,
  JobParams,
  JobStarted,
  JobsReply,
  ReadyReply,
  StorageReply,
} from './operations.ts';
import {
  ConfigBody,
  ConfigReply,
  DataBody,
  DataReply,
  DeviceSummary,
  DevicesReply,
  HealthReply,
  LatestReply,
  MetricsBody,
  MetricsError,
  MetricsReply,
  OriginalError,
  StatsReply,
} from './originals.ts';
import { InfluxProblem, Problem } from './problem.ts';
import type { Route } from './route.ts';

const DeviceParams = Type.Object({ device: Name });

export const routes = {
  pushBatch: {
    ...addresses.pushBatch,
    access: 'device',
    summary: 'An agent hands over a batch; the reply comes when it is durable',
    params: DeviceParams,
    body: Batch,
    replies: { 200: BatchReply, 422: Problem },
  },
  pushReadings: {
    ...addresses.pushReadings,
    access: 'device',
    summary: 'Readings of plain devices: JSON rows or columns, NDJSON, InfluxDB line protocol',
    body: Readings,
    textBodies: ['application/x-ndjson', 'text/plain'],
    replies: { 202: ReadingsReply, 400: Problem },
  },
  pushLines: {
    ...addresses.pushLines,
    access: 'device',
    summary:
      "InfluxDB line protocol at the address its clients expect; tags beside the device's are part of the sensor's name",
    query: Type.Object({
      precision: Type.Optional(Type.Enum(['ns', 'us', 'ms', 's'])),
      bucket: Type.Optional(Text),
      org: Type.Optional(Text),
    }),
    textBodies: ['text/plain'],
    replies: { 204: Type.Null(), 400: InfluxProblem },
  },
  fleet: {
    ...addresses.fleet,
    access: 'viewer',
    summary: 'The fleet now: devices, latest values and verdicts',
    query: PageQuery,
    replies: { 200: FleetReply },
  },
  history: {
    ...addresses.history,
    access: 'viewer',
    summary: "A series' past at the resolution that fits; extremes are kept",
    query: HistoryQuery,
    replies: { 200: HistoryReply, 404: Problem },
  },
  anomalies: {
    ...addresses.anomalies,
    access: 'viewer',
    summary: 'Anomalies with their reasons, newest first',
    query: AnomaliesQuery,
    replies: { 200: AnomaliesReply },
  },
  ledger: {
    ...addresses.ledger,
    access: 'viewer',
    summary: "Where a device's readings are: stored, thinned, gone, missing",
    params: DeviceParams,
    replies: { 200: LedgerReply, 404: Problem },
  },
  jobs: {
    ...addresses.jobs,
    access: 'viewer',
    summary: "The server's recurring jobs: when each ran, how it ended, when it runs next",
    replies: { 200: JobsReply },
  },
  runJob: {
    ...addresses.runJob,
    access: 'operator',
    summary: 'Start a job now',
    params: JobParams,
    replies: { 202: JobStarted, 404: Problem, 409: Problem },
  },
  storage: {
    ...addresses.storage,
    access: 'viewer',
    summary: 'Bytes used and allowed, retention, and when the bound will be reached',
    replies: { 200: StorageReply },
  },
  exportReadings: {
    ...addresses.exportReadings,
    access: 'viewer',
    summary:
      "A device's readings with their verdicts as a file; 409 where some cannot be read, unless partial",
    query: ExportQuery,
    replies: { 200: Type.String(), 404: Problem, 409: Problem },
    textReplies: ['text/csv', 'application/vnd.apache.parquet'],
  },
  live: {
    ...addresses.live,
    access: 'viewer',
    summary: 'Server-sent events: the fleet once a second, and the device that is open',
    query: LiveQuery,
    replies: { 200: Type.String() },
    textReplies: ['text/event-stream'],
  },
  data: {
    ...addresses.data,
    access: 'device',
    summary: 'For clients of an earlier system: several metrics of a device at one time',
    body: DataBody,
    replies: { 202: DataReply, 400: OriginalError, 403: OriginalError },
    plainRefusals: [400, 403],
  },
  latest: {
    ...addresses.latest,
    access: 'viewer',
    summary: 'For clients of an earlier system: the last metrics of each active device',
    replies: { 200: LatestReply },
  },
  configure: {
    ...addresses.configure,
    access: 'admin',
    summary: 'For clients of an earlier system: when a silent device leaves the fleet view',
    body: ConfigBody,
    replies: { 200: ConfigReply, 400: OriginalError },
    plainRefusals: [400],
  },
  pushWindow: {
    ...addresses.pushWindow,
    access: 'device',
    summary: 'For clients of an earlier system: a window summary',
    body: MetricsBody,
    replies: { 200: MetricsReply, 413: MetricsError, 415: MetricsError, 422: MetricsError },
    plainRefusals: [422],
  },
  metrics: {
    ...addresses.metrics,
    access: 'metrics',
    summary: 'Prometheus text',
    replies: { 200: Type.String() },
    textReplies: ['text/plain'],
  },
  devices: {
    ...addresses.devices,
    access: 'viewer',
    summary: 'For clients of an earlier system: statistics by device',
    replies: { 200: DevicesReply },
  },
  device: {
    ...addresses.device,
    access: 'viewer',
    summary: 'For clients of an earlier system: statistics of one device',
    params: DeviceParams,
    replies: { 200: DeviceSummary, 404: Problem },
  },
  stats: {
    ...addresses.stats,
    access: 'viewer',
    summary: 'For clients of an earlier system: statistics of the fleet',
    replies: { 200: StatsReply },
  },
  health: {
    ...addresses.health,
    access: 'public',
    summary: 'For clients of an earlier system: health',
    replies: { 200: HealthReply },
  },
  ...accessRoutes,
  ...incidentRoutes,
  ...feedbackRoutes,
  ...modelRoutes,
  livez: {
    ...addresses.livez,
    access: 'public',
    summary: 'The process is up, and no part of it has failed',
    replies: { 200: Type.Object({ status: Type.Literal('ok') }), 503: Problem },
  },
  readyz: {
    ...addresses.readyz,
    access: 'public',
    summary: 'Readings are taken',
    replies: { 200: ReadyReply, 503: Problem },
  },
} as const satisfies Record<string, Route>;

export type Routes = typeof routes;
