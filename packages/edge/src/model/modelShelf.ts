/** A cloud at the link's seam that hands out signed models, for tests. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createRng, must } from '@fernsight/base';
import { encodeModel, Training } from '@fernsight/detect';
import type { Batch, BatchReply, ModelKey, SignedModel } from '@fernsight/wire/agent';
import { LedgerLink } from '../uplink/ledgerLink.ts';
import { type Link, LinkError, type ModelLink } from '../uplink/link.ts';
import { hashOf } from './modelFiles.ts';

export class ModelShelf implements Link, ModelLink {
  readonly models = this;
  readonly ledger: LedgerLink;
  readonly #signed = new Map<string, SignedModel>();
  readonly #rotations: ModelKey['rotations'] = [];
  #key = generateKeyPairSync('ed25519').privateKey;
  #publicKey = publicOf(this.#key);
  wanted: BatchReply['models'] = [];
  status: Batch['status'] | undefined;

  constructor(ledger = new LedgerLink()) {
    this.ledger = ledger;
  }

  get publicKey(): string {
    return this.#publicKey;
  }

  /** Signs and takes in a model. @param spoil changes what is handed out @returns its hash */
  add(bytes: Uint8Array, spoil: (signed: SignedModel) => SignedModel = (signed) => signed): string {
    const hash = hashOf(bytes);
    const signature = sign(null, bytes, this.#key).toString('base64');
    const text = Buffer.from(bytes).toString('base64');
    this.#signed.set(hash, spoil({ hash, bytes: text, signature }));
    return hash;
  }

  /** @param signed false: the old key knows nothing of the new one */
  rotate(signed = true): void {
    const old = { key: this.#key, publicKey: this.#publicKey };
    this.#key = generateKeyPairSync('ed25519').privateKey;
    this.#publicKey = publicOf(this.#key);
    const by = signed ? old.key : this.#key;
    const signature = sign(null, Buffer.from(this.#publicKey, 'base64'), by).toString('base64');
    const { publicKey: previousKey } = old;
    this.#rotations.push({ previousKey, publicKey: this.#publicKey, signature, atUs: 0 });
  }

  async exchange(batch: Batch): Promise<BatchReply> {
    this.status = batch.status;
    return { ...(await this.ledger.exchange(batch)), models: this.wanted };
  }

  async fetchModel(hash: string): Promise<SignedModel> {
    const signed = this.#signed.get(hash);
    if (signed === undefined) throw new LinkError('denied', 'there is no such model');
    return signed;
  }

  async fetchModelKey(): Promise<ModelKey> {
    return { publicKey: this.#publicKey, rotations: this.#rotations };
  }
}

function publicOf(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' });
  // RFC 8410: an Ed25519 key as SubjectPublicKeyInfo is this head and its 32 bytes
  const head = Buffer.from('302a300506032b6570032100', 'hex');
  const bytes = Buffer.from(must(x, 'an Ed25519 key has x'), 'base64url');
  return Buffer.concat([head, bytes]).toString('base64');
}

/** A model of a type, trained on this signal; another seed is another model. */
export function modelOf(
  sensorType: string,
  signal: (row: number) => number,
  seed = 'model',
): Uint8Array {
  const rng = createRng(seed);
  const training = new Training({ sensorType, random: () => rng.next(), trees: 20 });
  training.begin();
  for (let row = 0; row < 2_000; row++) training.take(1e15 + row * 1e6, signal(row));
  return encodeModel(training.finish());
}
