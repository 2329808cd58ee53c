/** A model's way onto an agent: fetched, checked, tried in shadow, taken or refused; over kills too. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, type Log, type LogFields, ManualClock, must, silentLog } from '@fernsight/base';
import {
  createVerdict,
  decodeModel,
  encodeModel,
  SCORE_STEPS,
  SeriesJudge,
  TRIAL_READINGS,
} from '@fernsight/detect';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Agent, createAgent } from '../agent.ts';
import type { AgentOptions } from '../agentOptions.ts';
import { ModelFiles } from './modelFiles.ts';
import { ModelShelf, modelOf } from './modelShelf.ts';

const START_US = Date.UTC(2026, 0, 1) * 1000;
const TYPE = 'temperature';
const chance = createRng('plant');
const VALUES = Array.from({ length: 4_000 }, (_, row) => {
  const jump = row % 331 === 330 ? 3 : 0;
  return 20 + Math.sin(row / 40) + 0.2 * chance.normal() + jump;
});
const noise = createRng('training');
const GOOD = modelOf(TYPE, (row) => 20 + Math.sin(row / 40) + 0.2 * noise.normal());
/** Trained on a signal that hardly moves after its start: whatever moves is unusual to it. */
const BAD = modelOf(TYPE, (row) => (row < 300 ? row % 7 : 3 + 1e-9 * (row % 3)));
/** Its forest is that of GOOD; whatever it is given scores no more than its training rows did. */
const BLIND = blinded(GOOD);

let folder: string;
let boots = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'models-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const hashes = (hash: string) => [{ sensorType: TYPE, hash }];

class Trial {
  readonly shelf: ModelShelf;
  readonly clock = new ManualClock(START_US + 86_400e6);
  agent: Agent;
  row = 0;
  readonly #options: AgentOptions;
  #stop = new AbortController();
  #running: Promise<void>;

  constructor(
    shelf: ModelShelf,
    { name = 'edge', ...more }: Partial<AgentOptions> & { readonly name?: string } = {},
  ) {
    this.shelf = shelf;
    this.#options = {
      device: 'edge-1',
      outbox: join(folder, `${name}.db`),
      sensors: [{ sensor: 't', type: TYPE }],
      link: shelf,
      clock: this.clock,
      rng: createRng(`boot ${boots++}`),
      ...more,
    };
    this.agent = createAgent(this.#options);
    this.#running = this.agent.run(this.#stop.signal);
  }

  /** @returns of the readings taken: how many were judged */
  push(count: number): number {
    let judged = 0;
    for (const end = this.row + count; this.row < end; this.row++) {
      const value = must(VALUES[this.row], 'there is a reading');
      const taken = { sensor: 't', tsUs: START_US + this.row * 1e6, value };
      if (this.agent.push(taken) !== undefined) judged++;
    }
    return judged;
  }

  /** Lets the agent send, hear and fetch until that has come of it; the test's time limit is the bound. */
  async settle(done: () => boolean): Promise<void> {
    while (!done()) {
      await this.clock.advance(200);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  get hasSent(): boolean {
    return this.agent.status().waiting === 0;
  }

  get isTried(): boolean {
    return (this.model?.trial ?? null) !== null;
  }

  async end(): Promise<void> {
    this.#stop.abort();
    while (!(await isDone(this.#running))) await this.clock.advance(200);
    this.agent.close();
  }

  get model() {
    return this.agent.status().models.find(({ sensorType }) => sensorType === TYPE);
  }
}

async function isDone(promise: Promise<void>): Promise<boolean> {
  const no = Symbol('not yet');
  return (await Promise.race([promise, new Promise((r) => setImmediate(() => r(no)))])) !== no;
}

describe('a model that is chosen', () => {
  it('is asked for again where the disk did not take it, and the agent goes on', async () => {
    const shelf = new ModelShelf();
    const blocked = join(folder, 'edge.db-models');
    writeFileSync(blocked, '');
    const told: unknown[] = [];
    const warn = (message: string, fields: LogFields = {}) => {
      if (message === 'a model cannot be fetched') told.push(fields.reason);
    };
    const log: Log = { ...silentLog, warn };
    const trial = new Trial(shelf, { log });
    shelf.wanted = hashes(shelf.add(GOOD));
    trial.push(100);
    await trial.settle(() => told.length > 1);
    expect(told[0]).toMatch(/the disk does not take it: EEXIST/);
    expect(new ModelFiles(join(folder, 'edge.db')).keep(new Set())).toBe(false);
    rmSync(blocked);
    await trial.settle(() => trial.isTried);
    await trial.end();
  });

  it('is tried in shadow, taken after 500 readings, told, and there after a restart', async () => {
    const shelf = new ModelShelf();
    const trial = new Trial(shelf);
    let judged = trial.push(1_000);
    const hash = shelf.add(GOOD);
    shelf.wanted = hashes(hash);
    await trial.settle(() => trial.isTried);
    expect(trial.model).toMatchObject({ running: null, trial: { hash, readings: 0, of: 500 } });
    judged += trial.push(TRIAL_READINGS - 1);
    await trial.settle(() => trial.hasSent);
    expect(shelf.status?.models).toMatchObject([{ running: null, trial: { readings: 499 } }]);
    expect(shelf.status?.modelKey?.origin).toBe('first use');
    judged += trial.push(1);
    expect(trial.model).toMatchObject({ running: hash, trial: null, refused: null });
    judged += trial.push(500);
    await trial.settle(() => trial.hasSent);
    expect(judged).toBe(trial.row);
    expect(shelf.ledger.readings.size).toBe(trial.row);
    const stages = new Set([...shelf.ledger.readings.values()].map((one) => one.split(' ')[2]));
    expect([...stages].sort()).toEqual(['ready', 'rules', 'warming']);
    await trial.end();
    const again = new Trial(shelf, { link: undefined });
    expect(again.model).toMatchObject({ running: hash });
    await again.end();
    const back = new Trial(shelf);
    back.row = trial.row;
    back.push(100);
    shelf.wanted = [];
    await back.settle(() => back.model?.running === null);
    expect(back.model).toMatchObject({ running: null, trial: null });
    await back.end();
  });

  it('is refused within 500 readings where everything is unusual to it', async () => {
    const shelf = new ModelShelf();
    const trial = new Trial(shelf);
    trial.push(1_000);
    const hash = shelf.add(BAD);
    shelf.wanted = hashes(hash);
    await trial.settle(() => trial.isTried);
    expect(trial.push(TRIAL_READINGS)).toBe(TRIAL_READINGS);
    await trial.settle(() => trial.hasSent);
    expect(trial.model).toMatchObject({ running: null, trial: null, refused: { hash } });
    await trial.end();
    expect(shelf.status?.models?.[0]?.refused?.reason).toMatch(/of \d+ readings are as unusual/);
    const again = new Trial(shelf);
    expect(again.model).toMatchObject({ running: null, refused: { hash } });
    await again.end();
  });
});

describe('a model that cannot be trusted', () => {
  const pinned = async (spoil: Parameters<ModelShelf['add']>[1], bytes = GOOD) => {
    const shelf = new ModelShelf();
    const trial = new Trial(shelf, { name: `edge ${boots}`, modelKey: shelf.publicKey });
    trial.push(300);
    shelf.wanted = hashes(shelf.add(bytes, spoil));
    await trial.settle(() => trial.model !== undefined);
    expect(trial.push(600)).toBe(600);
    const { model } = trial;
    await trial.end();
    expect(model).toMatchObject({ running: null, trial: null });
    return model?.refused?.reason;
  };

  it('is refused: other bytes, another signature, another key, another type, no model, a blind one', async () => {
    const flip = (text: string) => {
      const bytes = Buffer.from(text, 'base64');
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      return bytes.toString('base64');
    };
    expect(await pinned((one) => ({ ...one, bytes: flip(one.bytes) }))).toMatch(/bytes/);
    expect(await pinned((one) => ({ ...one, signature: flip(one.signature) }))).toMatch(
      /signature/,
    );
    const stranger = new ModelShelf();
    const { signature: theirs } = await stranger.fetchModel(stranger.add(GOOD));
    expect(await pinned((one) => ({ ...one, signature: theirs }))).toMatch(/signature/);
    expect(await pinned(undefined, Buffer.from('no model'))).toMatch(/model/);
    expect(await pinned(undefined, BLIND)).toMatch(/scores nothing higher/);
    const other = modelOf('pressure', (row) => Math.sin(row));
    expect(await pinned(undefined, other)).toMatch(/a model of pressure/);
  });

  it('is one of a new key that the pinned one did not sign; one that it did is taken', async () => {
    for (const signed of [true, false]) {
      const shelf = new ModelShelf();
      const trial = new Trial(shelf, { name: String(signed), modelKey: shelf.publicKey });
      trial.push(300);
      shelf.rotate(true);
      shelf.rotate(signed);
      shelf.wanted = hashes(shelf.add(GOOD));
      await trial.settle(() => trial.model !== undefined);
      expect([signed, trial.model?.trial !== null]).toEqual([signed, signed]);
      await trial.end();
      expect(shelf.status?.modelKey?.origin).toBe('enrolment');
    }
  });
});

describe('a kill', () => {
  it('during the trial and at the switch changes no verdict, and the switch is where it was', async () => {
    const shelf = new ModelShelf();
    const hash = shelf.add(GOOD);
    const trial = new Trial(shelf);
    trial.push(1_000);
    shelf.wanted = hashes(hash);
    await trial.settle(() => trial.isTried);
    // a file copied between commits is what a kill leaves; each copy goes on by itself
    const rng = createRng('kills');
    const count = inject('torture') ? 40 : 3;
    const ats = Array.from({ length: count }, () => 1_000 + Math.floor(rng.next() * 700));
    const kills = new Set([...ats, 1_499, 1_500, 1_501]);
    const copies: { readonly name: string; readonly row: number }[] = [];
    while (trial.row < 1_800) {
      trial.push(1);
      if (trial.row % 37 === 0 || kills.has(trial.row)) await trial.agent.flush({ sync: true });
      if (!kills.has(trial.row)) continue;
      const name = `kill-${trial.row}`;
      for (const end of ['.db', '.db-wal', '.db-shm', '.db-models']) {
        cpSync(join(folder, `edge${end}`), join(folder, name + end), { recursive: true });
      }
      copies.push({ name, row: trial.row });
    }
    trial.push(700);
    await trial.settle(() => trial.hasSent);
    const undisturbed = shelf.ledger.readings;
    await trial.end();
    expect(undisturbed.size).toBe(2_500);
    expect(scoresOf(undisturbed)).toEqual(reference(1_000, 1_500, 2_500));
    for (const { name, row } of copies) {
      const cloud = new ModelShelf();
      const going = new Trial(cloud, { name, link: undefined });
      going.row = row;
      going.push(2_500 - row);
      expect([name, going.model?.running]).toEqual([name, hash]);
      await going.end();
      const drained = new Trial(cloud, { name });
      await drained.settle(() => drained.hasSent);
      await drained.end();
      for (const [key, verdict] of cloud.ledger.readings) {
        expect([name, key, verdict]).toEqual([name, key, undisturbed.get(key)]);
      }
      expect(cloud.ledger.readings.size).toBeGreaterThanOrEqual(2_500 - row);
    }
  });
});

function scoresOf(readings: ReadonlyMap<string, string>): number[] {
  return [...readings.values()].map((one) => Number(one.split(' ')[1]));
}

/** The same by judges alone: nothing until `from`, in shadow until `to`, the model from there on. */
function reference(from: number, to: number, end: number): number[] {
  const verdict = createVerdict();
  let judge = new SeriesJudge({});
  let shadow: SeriesJudge | undefined;
  return VALUES.slice(0, end).map((value, row) => {
    if (row === from) {
      shadow = SeriesJudge.restore(judge.snapshot(), {});
      shadow.swapForest(decodeModel(GOOD).forest);
    }
    if (row === to) judge = must(shadow, 'the trial has begun');
    else if (row >= from && row < to) shadow?.judge(START_US + row * 1e6, value, verdict);
    judge.judge(START_US + row * 1e6, value, verdict);
    return Math.round(verdict.score * SCORE_STEPS);
  });
}

function blinded(bytes: Uint8Array): Uint8Array {
  const model = decodeModel(bytes);
  const score = { edges: Array.from({ length: 9 }, () => 1), shares: [] };
  return encodeModel({ ...model, reference: [...model.reference.slice(0, -1), score] });
}
