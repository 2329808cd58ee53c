/**
 * Every setting there is: its name, type, default and meaning, once. The YAML keys, the names in the environment, the
 * flags with their help, the checks and `fernsight config` all come from this table.
 */
import { NAME_PATTERN } from '@fernsight/base';
import { type Static, Type } from 'typebox';
import { Duration, Size } from './leaf.ts';

const Log = Type.Object({
  level: Type.Enum(['debug', 'info', 'warn', 'error'], {
    default: 'info',
    description: 'the least level that is logged',
  }),
});

const Cloud = Type.Object({
  listen: Type.String({ default: '127.0.0.1', description: 'the address to listen on' }),
  port: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 8080,
    description: 'the port to listen on; 0: any that is free',
  }),
  dataDir: Type.String({
    minLength: 1,
    default: 'fernsight-data',
    description: 'the folder of the store; one server at a time',
  }),
  open: Type.Boolean({
    default: false,
    description: 'serve without credentials, on loopback only',
  }),
});

const Edge = Type.Object({
  deviceId: Type.Optional(
    Type.String({
      pattern: NAME_PATTERN,
      description: 'the name of this device; default: its host name',
    }),
  ),
  cloudUrl: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: "the cloud's address, http://host:port; without one the agent keeps everything",
    }),
  ),
  dataDir: Type.String({
    minLength: 1,
    default: 'fernsight-edge',
    description: 'the folder of the outbox',
  }),
  token: Type.Optional(
    Type.String({ minLength: 1, secret: true, description: "this device's token for the cloud" }),
  ),
  offline: Type.Boolean({
    default: false,
    description: 'do not talk to the cloud; keep everything',
  }),
  syncInterval: Duration({
    default: 10_000,
    description: 'time between fsyncs of the outbox and its sending',
  }),
  commitInterval: Duration({ default: 1_000, description: 'time between commits of the outbox' }),
  outboxMax: Size({ default: 512_000_000, description: 'bound of the outbox' }),
});

export const Settings = Type.Object({ log: Log, cloud: Cloud, edge: Edge });
export type Settings = Static<typeof Settings>;
