/**
 * Every setting there is: its name, form, default and meaning, once. The YAML keys, the names in the environment, the
 * flags with their help, the checks and `fernsight config` all come from this table.
 */
import { NAME_PATTERN } from '@fernsight/base';
import {
  choice,
  decimal,
  duration,
  list,
  names,
  optional,
  record,
  size,
  speed,
  text,
  toggle,
  type Values,
  whole,
} from './leaf.ts';

const name = {
  like: new RegExp(NAME_PATTERN, 'u'),
  hint: 'write 1 to 128 characters without a slash',
};
const url = { like: /^https?:\/\/[^/]/, hint: 'write http://host:port' };

const MINUTE = 60_000;
const DAY = 86_400_000;

const log = {
  level: choice(['debug', 'info', 'warn', 'error'], {
    default: 'info',
    description: 'the least level that is logged',
  }),
};

const cloud = {
  listen: text({ default: '127.0.0.1', description: 'the address to listen on' }),
  port: whole({
    min: 0,
    max: 65_535,
    default: 8080,
    description: 'the port to listen on; 0: any that is free',
  }),
  dataDir: text({
    default: 'fernsight-data',
    description: 'the folder of the store; one server at a time',
  }),
  open: toggle({ default: false, description: 'serve without credentials, on loopback only' }),
  tlsCert: optional(text({ description: 'file with the certificate for https, PEM' })),
  tlsKey: optional(text({ description: 'file with its key, PEM' })),
  offlineAfter: duration({
    default: MINUTE,
    description: 'a device not heard for so long is offline',
  }),
  pruneAfter: duration({ default: DAY, description: 'and after so long it leaves the fleet view' }),
  pruneDeletes: toggle({ default: false, description: 'and its history is deleted with it' }),
  budgetPerWeek: optional(
    decimal({ above: 0, description: 'false alarms allowed a week and sensor; else 1' }),
  ),
  rawRetention: duration({ default: 30 * DAY, description: 'single readings are kept so long' }),
  minuteRetention: duration({ default: 365 * DAY, description: 'and minutes so long' }),
  hourRetention: duration({ default: 5 * 365 * DAY, description: 'and hours so long' }),
  storeMax: optional(
    size({
      description:
        'bound of the store; at it the oldest readings go; else 80 % of what is free and its own',
    }),
  ),
  backupDir: optional(text({ description: 'the folder that backups go to; else none are made' })),
  backupTimes: text({
    default: '15 2 * * *',
    like: /^(\S+ ){4}\S+$/,
    hint: 'write five fields as for cron',
    description: 'when, UTC, as for cron',
  }),
  backupsKept: whole({
    min: 1,
    max: 10_000,
    default: 7,
    description: 'backups kept; older ones go',
  }),
};

/** What is known of a sensor beforehand; all but its name may be absent. */
const sensor = record({
  sensor: text({ ...name, description: 'its name' }),
  type: optional(text({ description: 'the kind of quantity, which picks the model: temperature' })),
  unit: optional(text({ description: 'its unit: °C' })),
  min: optional(decimal({ description: 'a value below is an anomaly, whatever is usual' })),
  max: optional(decimal({ description: 'a value above is an anomaly, whatever is usual' })),
  interval: optional(duration({ description: 'the usual time between two readings' })),
});

/** One source of readings. Which of these a source needs depends on its kind. */
const source = {
  source: optional(
    choice(['simulator', 'csv', 'ndjson', 'linux', 'mqtt', 'push'], {
      description: 'where readings come from; else the simulator',
    }),
  ),
  input: optional(
    text({ description: 'csv, ndjson: the file, plain or .gz; - for standard input' }),
  ),
  time: optional(
    text({ description: 'csv: the column of times; else the one that looks like it' }),
  ),
  value: optional(
    names({ description: 'csv: the columns of values; else the one that looks like it' }),
  ),
  speed: speed({ default: 'max', description: 'csv, ndjson: how fast it is played: 1x, 60x, max' }),
  stamps: choice(['original', 'now'], {
    default: 'original',
    description: 'csv, ndjson: readings keep their times, or are stamped as they are played',
  }),
  interval: optional(duration({ description: 'simulator, linux: time between readings' })),
  simulate: names({
    default: ['temperature', 'pressure', 'cpu_usage', 'network_latency'],
    description: 'simulator: the sensors; room_temperature and humidity are walks',
  }),
  seed: optional(text({ description: 'simulator: the same seed gives the same values' })),
  broker: optional(
    text({ like: /^mqtts?:\/\//, hint: 'write mqtt://host:1883', description: 'mqtt: the broker' }),
  ),
  topics: names({
    default: ['{device}/{sensor}'],
    description: 'mqtt: patterns that name the device and the sensor',
  }),
  payloadValue: optional(text({ description: 'mqtt: path to the value in a JSON payload' })),
  payloadTime: optional(text({ description: 'mqtt: path to the time in a JSON payload' })),
  username: optional(text({ description: 'mqtt: who we are to the broker' })),
  password: optional(text({ secret: true, description: "mqtt: the broker's password" })),
  mqttCa: optional(
    text({
      description:
        'mqtts: file with the certificate of the authority that vouches for the broker, PEM; else those of the system',
    }),
  ),
  mqttVersion: choice(['3.1.1', '5'], {
    default: '3.1.1',
    description: 'mqtt: version of the protocol',
  }),
  pushPort: optional(
    whole({ min: 1, max: 65_535, description: 'push: the port on loopback that takes NDJSON' }),
  ),
};

const edge = {
  deviceId: optional(text({ ...name, description: 'the name of this device; else its host name' })),
  cloudUrl: optional(
    text({ ...url, description: 'the cloud; without one the agent keeps everything' }),
  ),
  cloudCa: optional(
    text({
      description:
        'file with the certificate of the authority that vouches for the cloud, PEM; else those of the system',
    }),
  ),
  token: optional(text({ secret: true, description: "this device's token for the cloud" })),
  modelKey: optional(
    text({
      description:
        "the cloud's key for models, as `agent enrol` wrote it; else the first one shown",
    }),
  ),
  dataDir: text({ default: 'fernsight-edge', description: 'the folder of the outbox' }),
  offline: toggle({ default: false, description: 'do not talk to the cloud; keep everything' }),
  ...source,
  sources: list(
    { default: [], description: 'further sources, each with the settings of one' },
    record(source),
  ),
  sensors: list({ default: [], description: 'what is known of the sensors' }, sensor),
  syncInterval: duration({
    default: 5_000,
    description: 'how often readings are sent; an anomaly goes at once',
  }),
  commitInterval: duration({
    default: 1_000,
    description: 'what a kill may cost a source that cannot repeat',
  }),
  fsyncInterval: duration({ default: 10_000, description: 'what a power cut may cost it' }),
  outboxMax: optional(
    size({ description: 'bound of the outbox; else 512MB or a tenth of the volume' }),
  ),
  atBound: choice(['thin', 'drop-oldest', 'reject'], {
    default: 'thin',
    description: 'what happens when the outbox is full',
  }),
  budgetPerWeek: optional(
    decimal({ above: 0, description: 'false alarms allowed a week and sensor; else 1' }),
  ),
  statusPort: optional(
    whole({
      min: 0,
      max: 65_535,
      description: 'a port on loopback for /livez, /readyz and /metrics; else none',
    }),
  ),
  utcOffset: whole({
    min: -840,
    max: 840,
    default: 0,
    description: "minutes from UTC to the device's time of day",
  }),
};

export const sections = { log, cloud, edge };

export type SectionName = keyof typeof sections;
export type Settings = { readonly [Name in SectionName]: Values<(typeof sections)[Name]> };
export type SourceSettings = Values<typeof source>;
