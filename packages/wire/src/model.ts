/**
 * Models of sensor types, named by the SHA-256 of their bytes, signed by the server that hands them out. Agents are told
 * which is chosen (BatchReply.models), try it in shadow, and report what became of it (AgentStatus.models).
 */
import { type Static, Type } from 'typebox';
import { Count, Name, Score, Text, Time } from './atoms.ts';
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

/** Precision over recall as the threshold falls, where people said what was real and what was not. */
export const Curve = Type.Object({
  /** readings that somebody called real, and those called no anomaly */
  real: Count,
  notReal: Count,
  prAuc: Score,
  points: Type.Array(Type.Object({ threshold: Score, recall: Score, precision: Score }), {
    maxItems: 200,
  }),
});
export type Curve = Static<typeof Curve>;

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
    /** where people had said what is real when it was trained; see also comparisons */
    curve: Type.Optional(Type.Union([Curve, Type.Null()])),
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

/** An Ed25519 key: SubjectPublicKeyInfo, DER in base64. */
const PublicKey = Base64(256);

/** The key that models are signed with, and how one gets to it from each that was used before. */
export const ModelKey = Type.Object({
  publicKey: PublicKey,
  /** oldest first, the last one's key is `publicKey`; empty where the key was never changed */
  rotations: Type.Array(
    Type.Object({
      previousKey: PublicKey,
      publicKey: PublicKey,
      /** of the previous key over the bytes of the new one */
      signature: Base64(64),
      atUs: Time,
    }),
    { maxItems: 100 },
  ),
});
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

/** One device and the model of one sensor type on it; `agent` is where it runs, the server itself is none. */
const Carrier = Type.Object({
  /** null: the server, for the series that it judges */
  agent: Type.Union([Name, Type.Null()]),
  /** as of when */
  reportedUs: Time,
  sensorType: Text,
  /** null: what Fernsight ships with */
  running: Type.Union([Hash, Type.Null()]),
  /** the model tried beside it, and after how many readings of a series it is decided */
  trial: Type.Union([Type.Object({ hash: Hash, readings: Count, of: Count }), Type.Null()]),
  /** the last one that was refused, and why, for a person */
  refused: Type.Union([Type.Object({ hash: Hash, reason: Text, atUs: Time }), Type.Null()]),
  /** series that run it; of the server: those that still wait to run what is chosen, as well. The server
   * counts what it judged since it started, and lists a sensor type while something else than what ships is chosen or run */
  seriesCount: Type.Optional(Count),
  waitingCount: Type.Optional(Count),
});
export type Carrier = Static<typeof Carrier>;

/** Who runs what. A sensor type of which an agent says nothing is judged there by what Fernsight ships with. */
export const RolloutReply = Type.Object({
  /** of every series that was ever stored, by name: what a model can be trained for */
  sensorTypes: Type.Array(Type.Object({ sensorType: Text, seriesCount: Count })),
  chosen: Type.Array(Type.Object({ sensorType: Text, hash: Hash })),
  carriers: Type.Array(Carrier),
  /** how agents came to trust the key that they check models with */
  keys: Type.Array(
    Type.Object({ agent: Name, fingerprint: Text, origin: Type.Enum(['enrolment', 'first use']) }),
  ),
});
export type RolloutReply = Static<typeof RolloutReply>;

export const CompareModels = Type.Object({
  sensorType: Text,
  /** two different ones; null: what Fernsight ships with */
  first: Type.Union([Hash, Type.Null()]),
  second: Type.Union([Hash, Type.Null()]),
  /** stored readings from then on; absent: of the last seven days */
  fromUs: Type.Optional(Time),
  /** absent: until now */
  toUs: Type.Optional(Time),
});
export type CompareModels = Static<typeof CompareModels>;

/** How one of two models judged the same readings. */
const Performance = Type.Object({
  hash: Type.Union([Hash, Type.Null()]),
  /** readings judged when the series was known well enough */
  readingCount: Count,
  anomalyCount: Count,
  /** episodes that somebody would have been told about */
  alarmCount: Count,
  alarmsPerDeviceWeek: Type.Number({ minimum: 0 }),
  meanScore: Score,
  /** readings by score: 20 bins of equal width */
  scores: Type.Array(Count, { minItems: 20, maxItems: 20 }),
  curve: Type.Union([Curve, Type.Null()]),
  /** of the readings that `curve` counts: those that it marked */
  marked: Type.Union([Type.Object({ real: Count, notReal: Count }), Type.Null()]),
});
export type Performance = Static<typeof Performance>;

/** A comparison and how far it is. */
export const Comparison = Type.Object({
  id: Count,
  sensorType: Text,
  state: Type.Enum(['running', 'done', 'failed']),
  startedUs: Time,
  startedBy: Type.String(),
  fromUs: Time,
  toUs: Time,
  seriesCount: Count,
  seriesDone: Count,
  /** of the first and the second, once it is done */
  results: Type.Array(Performance, { maxItems: 2 }),
  /** readings that both, only the first, only the second called anomalous */
  agreement: Type.Union([Type.Object({ both: Count, first: Count, second: Count }), Type.Null()]),
  error: Type.Union([Type.String(), Type.Null()]),
});
export type Comparison = Static<typeof Comparison>;
/** newest first */
export const ComparisonsReply = Type.Object({ comparisons: Type.Array(Comparison) });
export type ComparisonsReply = Static<typeof ComparisonsReply>;

/** How far a series has moved from what the model of its type was trained on. */
export const Drift = Type.Object({
  device: Name,
  sensor: Name,
  sensorType: Text,
  /** of the model that it was measured against */
  hash: Hash,
  measuredUs: Time,
  rowCount: Count,
  /** the population stability index of each feature, and last of the score: below 0.1 nothing has changed */
  features: Type.Array(
    Type.Object({
      feature: Text,
      psi: Type.Number({ minimum: 0 }),
      /** above which it is time to train again: 0.25, or twice what the training's own series lay apart */
      limit: Type.Number({ minimum: 0 }),
    }),
  ),
  /** the one that lies farthest beyond what is usual for it */
  psi: Type.Number({ minimum: 0 }),
  limit: Type.Number({ minimum: 0 }),
  feature: Text,
  /** `moving`: an index above 0.1 and above what the training's own series lay apart; `retrain`: above 0.25, and above
   * twice that */
  verdict: Type.Enum(['stable', 'moving', 'retrain']),
  /** the same in words: `temperature of press-4 no longer looks like what its model learned from: PSI 0.41, retrain` */
  sentence: Type.String(),
});
export type Drift = Static<typeof Drift>;
/** most first; measured once a day by the job `drift` and by `POST /api/v1/jobs/drift/run` */
export const DriftReply = Type.Object({ drifts: Type.Array(Drift) });
export type DriftReply = Static<typeof DriftReply>;

/** When a sensor type is trained again by itself. */
export const SetRetraining = Type.Object({
  /** five or six fields of a cron table, UTC: `0 3 * * 0` is each Sunday at three */
  times: Text,
  /** whether what comes of it is chosen at once; agents still try it in shadow */
  activates: Type.Boolean(),
  /** whether it is spared while no series of the type is to be trained again (see Drift); absent: no */
  onlyWhenMoved: Type.Optional(Type.Boolean()),
});
export type SetRetraining = Static<typeof SetRetraining>;
export const Retraining = Type.Intersect([Type.Object({ sensorType: Text }), SetRetraining]);
export type Retraining = Static<typeof Retraining>;
/** What stands, when each runs next, and what came of the last time that it was due. */
export const RetrainingsReply = Type.Object({
  retrainings: Type.Array(
    Type.Intersect([
      Retraining,
      Type.Object({
        nextUs: Type.Union([Time, Type.Null()]),
        last: Type.Optional(
          Type.Union([Type.Object({ atUs: Time, outcome: Type.String() }), Type.Null()]),
        ),
      }),
    ]),
  ),
});
export type RetrainingsReply = Static<typeof RetrainingsReply>;
