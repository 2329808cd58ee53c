/**
 * The registry of models: by sensor type, named by the SHA-256 of their bytes, so that the same training is the same
 * model. Adding one changes nothing; activating one chooses it for its sensor type: an event that is kept, and that the next
 * reply to each agent tells.
 */
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock, Probe } from '@fernsight/base';
import { decodeModel, requireSight } from '@fernsight/detect';
import type { Activation, BatchReply, Model, ModelKey, SignedModel } from '@fernsight/wire';
import {
  allRows,
  asBytes,
  asNumber,
  asText,
  oneRow,
  openDatabase,
  type SqlRow,
  transact,
} from '../store/sqlite/database.ts';
import { ACTIVATIONS_MAX, MODELS_MAX, ROTATIONS_MAX } from './limits.ts';
import { hashOf } from './modelHash.ts';
import { type Signer, SigningKey } from './signing.ts';
import { WANTED } from './wanted.ts';

const COUNT = 'SELECT count(*) AS count FROM model';
const ADD = `INSERT INTO model (hash, sensorType, bytes, signature, createdUs, createdBy) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (hash) DO UPDATE SET bytes = excluded.bytes, signature = excluded.signature`;
const MAKE_ROOM = `DELETE FROM model WHERE hash = (SELECT hash FROM model WHERE hash NOT IN
  (SELECT hash FROM activation WHERE hash IS NOT NULL) ORDER BY createdUs, hash LIMIT 1)`;
const CURRENT =
  'SELECT hash FROM activation WHERE sensorType = model.sensorType ORDER BY id DESC LIMIT 1';
const COLUMNS = `hash, bytes, createdUs, createdBy, hash = (${CURRENT}) AS active`;
const LIST = `SELECT ${COLUMNS} FROM model ORDER BY createdUs DESC, hash`;
const FIND = `SELECT ${COLUMNS} FROM model WHERE hash = ?`;
const FETCH = 'SELECT bytes, signature FROM model WHERE hash = ?';
const ACTIVATE =
  'INSERT INTO activation (sensorType, hash, atUs, by) VALUES (?, ?, ?, ?) RETURNING id';
const BOUND = `DELETE FROM activation WHERE id <= ? - ${ACTIVATIONS_MAX}
  AND id <> (SELECT max(id) FROM activation AS other WHERE other.sensorType = activation.sensorType)`;
/** Whoever chooses a model that the server refused wants it tried again. */
const TRY_AGAIN = 'DELETE FROM trial WHERE hash = ? AND reason IS NOT NULL';
const PAST = 'SELECT hash FROM activation WHERE sensorType = ? ORDER BY id DESC';
const ACTIVATIONS = `SELECT sensorType, hash, atUs, by FROM activation ORDER BY id DESC LIMIT ${ACTIVATIONS_MAX}`;
const HASHES = 'SELECT hash FROM model';
const SIGN = 'UPDATE model SET signature = ? WHERE hash = ?';
const ROTATE =
  'INSERT INTO rotation (previousKey, publicKey, signature, atUs) VALUES (?, ?, ?, ?) RETURNING id';
const BOUND_ROTATIONS = `DELETE FROM rotation WHERE id <= ? - ${ROTATIONS_MAX}`;
const ROTATIONS = 'SELECT previousKey, publicKey, signature, atUs FROM rotation ORDER BY id';
const NEWEST_KEY = 'SELECT publicKey FROM rotation ORDER BY id DESC LIMIT 1';

export interface RegistryOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly probe?: Pick<Probe, 'at'> | undefined;
}

export class ModelRegistry {
  /** the registry's file, where what is known of models beside them has its tables too */
  readonly database: DatabaseSync;
  readonly #clock: Clock;
  readonly #probe: RegistryOptions['probe'];
  readonly #key: SigningKey;
  #signer: Signer;
  readonly #statements: ReturnType<typeof prepareStatements>;
  #wanted: BatchReply['models'] = [];

  /** @throws StorageFault, UsageFault, SigningFault */
  constructor({ dataDir, clock, probe }: RegistryOptions) {
    const path = join(dataDir, 'models.db');
    this.database = openDatabase(path, 'write', new URL('.', import.meta.url));
    this.#clock = clock;
    this.#probe = probe;
    this.#statements = prepareStatements(this.database);
    this.#key = new SigningKey(dataDir);
    try {
      this.#signer = this.#openSigner();
    } catch (error) {
      this.database.close();
      throw error;
    }
    this.#loadWanted();
  }

  modelKey(): ModelKey {
    return {
      publicKey: base64(this.#signer.publicKey),
      rotations: allRows(this.#statements.rotations).map((row) => ({
        previousKey: base64(asBytes(row.previousKey)),
        publicKey: base64(asBytes(row.publicKey)),
        signature: base64(asBytes(row.signature)),
        atUs: asNumber(row.atUs),
      })),
    };
  }

  /** Makes a new key, has the old one sign it, and signs every model with it. See signing.ts for a kill in between. */
  rotateKey(): ModelKey {
    // one that failed before its last step is ended first
    this.#signer = this.#openSigner();
    const next = this.#key.makeNext();
    this.#probe?.at('modelKey.made');
    transact(this.database, () => {
      this.#sign(next);
      this.#probe?.at('modelKey.signed');
    });
    this.#signer = next;
    this.#probe?.at('modelKey.committed');
    this.#key.takeNext();
    return this.modelKey();
  }

  /** @returns what agents should run, for the reply to each batch */
  wanted(): BatchReply['models'] {
    return this.#wanted;
  }

  /** @returns the models that are what their names say */
  list(): Model[] {
    return allRows(this.#statements.list).filter(isWhole).map(modelOf);
  }

  find(hash: string): Model | undefined {
    const row = oneRow(this.#statements.find, hash);
    return row === undefined || !isWhole(row) ? undefined : modelOf(row);
  }

  /** @returns the names of those whose bytes in the registry's file are others. O(bytes) */
  changed(): string[] {
    const rows = allRows(this.#statements.list).filter((row) => !isWhole(row));
    return rows.map(({ hash = null }) => asText(hash));
  }

  /**
   * @returns the model; the one that is there already where it is the same; undefined where there is room for no more
   * @throws ModelError where the bytes are no model, or one that sees nothing
   */
  add(bytes: Uint8Array, by: string): Model | undefined {
    const model = decodeModel(bytes);
    requireSight(model);
    const hash = hashOf(bytes);
    const known = this.find(hash);
    if (known !== undefined) return known;
    if (this.#count >= MODELS_MAX) this.#statements.makeRoom.run();
    if (this.#count >= MODELS_MAX) return undefined;
    const signature = this.#signer.sign(bytes);
    this.#statements.add.run(hash, model.sensorType, bytes, signature, this.#clock.nowUs(), by);
    return this.find(hash);
  }

  bytes(hash: string): Uint8Array | undefined {
    const bytes = oneRow(this.#statements.fetch, hash)?.bytes;
    return bytes !== undefined && hashOf(asBytes(bytes)) === hash ? asBytes(bytes) : undefined;
  }

  /** As it is stored: who fetches a model checks it. */
  signed(hash: string): SignedModel | undefined {
    const row = oneRow(this.#statements.fetch, hash);
    if (row === undefined) return undefined;
    return { hash, bytes: base64(asBytes(row.bytes)), signature: base64(asBytes(row.signature)) };
  }

  /** @returns undefined where there is no such model */
  activate(hash: string, by: string): Activation | undefined {
    const model = this.find(hash);
    return model === undefined ? undefined : this.#activate(model.sensorType, hash, by);
  }

  /**
   * What was chosen before the active model first came is chosen again, so that one step after the other leads back to
   * what Fernsight ships with, and never to a model that was rolled back.
   * @returns undefined where none was ever activated
   */
  rollBack(sensorType: string, by: string): Activation | undefined {
    const past = allRows(this.#statements.past, sensorType).map(({ hash }) => hash ?? null);
    if (past.length === 0) return undefined;
    const [current = null] = past;
    const before = current === null ? null : past[past.lastIndexOf(current) + 1];
    return this.#activate(sensorType, typeof before === 'string' ? before : null, by);
  }

  activations(): Activation[] {
    return allRows(this.#statements.activations).map((row) => ({
      sensorType: asText(row.sensorType),
      hash: row.hash === null ? null : asText(row.hash),
      atUs: asNumber(row.atUs),
      by: asText(row.by),
    }));
  }

  close(): void {
    this.database.close();
  }

  #openSigner(): Signer {
    const named = oneRow(this.#statements.newestKey)?.publicKey;
    return this.#key.open({
      named: named === undefined ? undefined : asBytes(named),
      isNew: this.#count === 0,
    });
  }

  #sign({ publicKey, sign }: Signer): void {
    const old = this.#signer;
    const [nowUs, signature] = [this.#clock.nowUs(), old.sign(publicKey)];
    const row = oneRow(this.#statements.rotate, old.publicKey, publicKey, signature, nowUs);
    this.#statements.boundRotations.run(asNumber(row?.id));
    for (const { hash = null } of allRows(this.#statements.hashes)) {
      const bytes = asBytes(oneRow(this.#statements.fetch, hash)?.bytes);
      this.#statements.sign.run(sign(bytes), hash);
    }
  }

  get #count(): number {
    return asNumber(oneRow(this.#statements.count)?.count);
  }

  #activate(sensorType: string, hash: string | null, by: string): Activation {
    const atUs = this.#clock.nowUs();
    transact(this.database, () => {
      const row = oneRow(this.#statements.activate, sensorType, hash, atUs, by);
      this.#statements.tryAgain.run(hash);
      this.#statements.bound.run(asNumber(row?.id));
    });
    this.#loadWanted();
    return { sensorType, hash, atUs, by };
  }

  #loadWanted(): void {
    this.#wanted = allRows(this.#statements.wanted).map((row) => ({
      sensorType: asText(row.sensorType),
      hash: asText(row.hash),
    }));
  }
}

function isWhole(row: SqlRow): boolean {
  return hashOf(asBytes(row.bytes)) === row.hash;
}

function modelOf(row: SqlRow): Model {
  const bytes = asBytes(row.bytes);
  const { sensorType, forest, features, reference, ...counts } = decodeModel(bytes);
  const { seriesCount, readingCount, rowCount, featureVersion } = counts;
  return {
    hash: asText(row.hash),
    sensorType,
    createdUs: asNumber(row.createdUs),
    createdBy: asText(row.createdBy),
    bytes: bytes.length,
    active: row.active === 1,
    report: {
      seriesCount,
      readingCount,
      rowCount,
      featureVersion,
      trees: forest.shape.treeCount,
      sample: forest.shape.sample,
      reference: reference.map(({ edges, shares }, index) => ({
        feature: features[index] ?? 'score',
        edges: [...edges],
        shares: [...shares],
      })),
    },
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    count: prepare(COUNT),
    makeRoom: prepare(MAKE_ROOM),
    add: prepare(ADD),
    list: prepare(LIST),
    find: prepare(FIND),
    fetch: prepare(FETCH),
    activate: prepare(ACTIVATE),
    bound: prepare(BOUND),
    past: prepare(PAST),
    activations: prepare(ACTIVATIONS),
    wanted: prepare(WANTED),
    tryAgain: prepare(TRY_AGAIN),
    hashes: prepare(HASHES),
    sign: prepare(SIGN),
    rotate: prepare(ROTATE),
    boundRotations: prepare(BOUND_ROTATIONS),
    rotations: prepare(ROTATIONS),
    newestKey: prepare(NEWEST_KEY),
  };
}
