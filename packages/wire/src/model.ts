/**
 * Models of sensor types, named by the SHA-256 of their bytes, signed by the server that hands them out. Agents are told
 * which is chosen (BatchReply.models); those of this release keep to what they ship with.
 */
import { type Static, Type } from 'typebox';
import { Count, Text, Time } from './atoms.ts';
import { MODEL_BYTES_MAX } from './limits.ts';

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Base64 = (bytesMax: number) =>
  Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$', maxLength: Math.ceil(bytesMax / 3) * 4 });

/** A feature's distribution over the training rows: nine inner deciles and the shares between them. */
const Reference = Type.Object({
  feature: Type.String(),
  edges: Type.Array(Type.Number()),
  shares: Type.Array(Type.Number()),
});

export const Model = Type.Object({
  hash: Hash,
  sensorType: Text,
  createdUs: Time,
  createdBy: Type.String(),
  bytes: Count,
  /** it is the one chosen for its sensor type */
  active: Type.Boolean(),
  /** the training report */
  report: Type.Object({
    seriesCount: Count,
    readingCount: Count,
    rowCount: Count,
    featureVersion: Count,
    trees: Count,
    sample: Count,
    /** of each feature, and last of the score */
    reference: Type.Array(Reference),
  }),
});
export type Model = Static<typeof Model>;

export const ModelsReply = Type.Object({ models: Type.Array(Model) });
export type ModelsReply = Static<typeof ModelsReply>;

export const UploadModel = Type.Object({
  /** a model's file, as `fernsight train` writes it */
  bytes: Base64(MODEL_BYTES_MAX),
});
export type UploadModel = Static<typeof UploadModel>;

/** A model with its signature, to be checked before anything is decoded. */
export const SignedModel = Type.Object({
  hash: Hash,
  bytes: Base64(MODEL_BYTES_MAX),
  /** Ed25519 over the bytes */
  signature: Base64(64),
});
export type SignedModel = Static<typeof SignedModel>;

/** The key that models are signed with: Ed25519, SubjectPublicKeyInfo, DER in base64. */
export const ModelKey = Type.Object({ publicKey: Base64(256) });
export type ModelKey = Static<typeof ModelKey>;

/** A sensor type's past: which model was chosen from when on. null: what Fernsight ships with. */
export const Activation = Type.Object({
  sensorType: Text,
  hash: Type.Union([Hash, Type.Null()]),
  atUs: Time,
  by: Type.String(),
});
export type Activation = Static<typeof Activation>;
/** newest first */
export const ActivationsReply = Type.Object({ activations: Type.Array(Activation) });
export type ActivationsReply = Static<typeof ActivationsReply>;

export const TrainModel = Type.Object({
  /** readings from then on; absent: of the last four weeks */
  fromUs: Type.Optional(Time),
  /** absent: until now */
  toUs: Type.Optional(Time),
});
export type TrainModel = Static<typeof TrainModel>;

/** A training and how far it is. */
export const TrainingRun = Type.Object({
  id: Count,
  sensorType: Text,
  state: Type.Enum(['running', 'done', 'failed']),
  startedUs: Time,
  startedBy: Type.String(),
  seriesCount: Count,
  seriesDone: Count,
  readingCount: Count,
  /** left out: marked anomalous before, or taken during maintenance */
  excludedCount: Count,
  /** of the model, once there is one */
  hash: Type.Union([Hash, Type.Null()]),
  /** why there is none, once it failed */
  error: Type.Union([Type.String(), Type.Null()]),
});
export type TrainingRun = Static<typeof TrainingRun>;
/** newest first */
export const TrainingsReply = Type.Object({ trainings: Type.Array(TrainingRun) });
export type TrainingsReply = Static<typeof TrainingsReply>;
