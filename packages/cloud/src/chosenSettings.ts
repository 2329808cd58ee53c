/** The settings that hold: as configured, and over that what an administrator chose while the server ran. Durable. */
import { ChangeSettings, type ServerSettings } from '@fernsight/wire';
import { Parse } from 'typebox/value';
import { reply } from './access/reply.ts';
import type { Answers } from './http/answer.ts';
import { RequestFault } from './ingest/requestFault.ts';
import type { Settings } from './settings.ts';
import type { Desk } from './stream/desk.ts';
import type { WriterCalls } from './stream/writer.ts';

type Chosen = { -readonly [Name in keyof ChangeSettings]: NonNullable<ChangeSettings[Name]> };

const SETTING = 'chosen';
/** where earlier servers kept the one that could be chosen */
const PRUNE_SETTING = 'pruneAfterMs';

export class ChosenSettings {
  readonly answers: Answers;
  readonly #configured: Settings;
  readonly #writer: Desk<WriterCalls>;
  #chosen: Chosen;
  readonly #heard: ((settings: Settings) => void)[] = [];

  private constructor(configured: Settings, writer: Desk<WriterCalls>, chosen: Chosen) {
    this.#configured = configured;
    this.#writer = writer;
    this.#chosen = chosen;
    this.answers = {
      settings: () => reply(200, this.#view()),
      changeSettings: async ({ body }) => {
        await this.change(Parse(ChangeSettings, body));
        return reply(200, this.#view());
      },
    };
  }

  static async open(configured: Settings, writer: Desk<WriterCalls>): Promise<ChosenSettings> {
    const stored = await writer.ask('setting', { name: SETTING });
    const before = await writer.ask('setting', { name: PRUNE_SETTING });
    const fallback = before === null ? {} : { pruneAfterMs: Number(before) };
    const chosen: unknown = stored === null ? fallback : JSON.parse(stored);
    return new ChosenSettings(configured, writer, chosen as Chosen);
  }

  get now(): Settings {
    return { ...this.#configured, ...this.#chosen };
  }

  /** Calls back after each change. */
  onChange(heard: (settings: Settings) => void): void {
    this.#heard.push(heard);
  }

  /** Durable when it resolves. @throws RequestFault where the settings would not fit together */
  async change(wanted: ChangeSettings): Promise<void> {
    const merged = Object.entries({ ...this.#chosen, ...wanted });
    const chosen = Object.fromEntries(merged.filter(([, value]) => value !== null)) as Chosen;
    requireSense({ ...this.#configured, ...chosen });
    await this.#writer.ask('setting', { name: SETTING, value: JSON.stringify(chosen) });
    this.#chosen = chosen;
    for (const heard of this.#heard) heard(this.now);
  }

  #view(): ServerSettings {
    const { now } = this;
    return {
      offlineAfterMs: now.offlineAfterMs,
      pruneAfterMs: now.pruneAfterMs,
      pruneDeletes: now.pruneDeletes,
      rawRetentionDays: now.rawRetentionDays,
      minuteRetentionDays: now.minuteRetentionDays,
      hourRetentionDays: now.hourRetentionDays,
      storeBytesMax: now.storeBytesMax ?? null,
      changed: Object.keys(this.#chosen),
    };
  }
}

function requireSense(settings: Settings): void {
  const { rawRetentionDays, minuteRetentionDays, hourRetentionDays } = settings;
  if (minuteRetentionDays < rawRetentionDays) {
    refuse('minuteRetentionDays', 'minutes would go before the readings that they sum up');
  }
  if (hourRetentionDays < minuteRetentionDays) {
    refuse('hourRetentionDays', 'hours would go before the minutes that they sum up');
  }
}

function refuse(field: string, detail: string): never {
  throw new RequestFault(422, `/${field}: ${detail}`, {
    errors: [{ pointer: `/${field}`, detail }],
    hint: 'raise it, or lower the one before it',
  });
}
