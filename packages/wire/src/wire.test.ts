import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { addresses, locate } from './addresses.ts';
import { parseBatchReply } from './agent.ts';
import { BatchReply } from './batch.ts';
import { CallError, createClient } from './client.ts';
import { routes } from './routes.ts';

describe('the table of routes', () => {
  it('has one route for each address, and no two at one place', () => {
    expect(Object.keys(routes).sort()).toEqual(Object.keys(addresses).sort());
    const places = Object.values(addresses).map(({ method, path }) => `${method} ${path}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it('fills in parameters and queries so that nothing escapes its place', () => {
    const path = locate(addresses.ledger, { device: 'Pump 3 / north?' });
    expect(path).toBe('/api/v1/devices/Pump%203%20%2F%20north%3F/ledger');
    expect(locate(addresses.fleet, {}, { cursor: 'a&b', limit: undefined })).toBe(
      '/api/v1/fleet?cursor=a%26b',
    );
  });
});

describe('the typed client', () => {
  const answering = (status: number, body: string) =>
    createClient({
      baseUrl: 'http://test',
      fetch: () =>
        Promise.resolve(
          new Response(body, { status, headers: { 'content-type': 'application/problem+json' } }),
        ),
    });

  it('returns the body of a success', async () => {
    const reply = await answering(200, '{"status":"ok"}').call('livez', {});
    expect(reply).toEqual({ status: 'ok' });
  });

  it('throws what the server said of a failure', async () => {
    const call = answering(404, '{"detail":"no such device"}').call('device', {
      params: { device: 'x' },
    });
    await expect(call).rejects.toThrow(/GET \/devices\/\{device\}: 404 no such device/);
    await expect(call).rejects.toBeInstanceOf(CallError);
  });
});

describe("the agent's check of a reply", () => {
  const schema = Compile(BatchReply);
  const good = { status: 'stored', stored: 3, duplicates: 0, serverUs: 1, models: [] };

  it('takes what the schema takes', () => {
    expect(parseBatchReply(good)).toEqual(good);
    expect(parseBatchReply({ ...good, more: 1 })).toBeDefined();
  });

  it('agrees with the schema on a reply with any one field spoilt', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(good)), fc.jsonValue(), (field, value) => {
        const reply = { ...good, [field]: value };
        expect(parseBatchReply(reply) !== undefined).toBe(schema.Check(reply));
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with the schema on anything', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(parseBatchReply(value) !== undefined).toBe(schema.Check(value));
      }),
    );
  });

  it('does not bring the schema library to the device', () => {
    const seen = new Set<string>();
    const visit = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      const text = readFileSync(new URL(path, import.meta.url), 'utf8');
      for (const match of text.matchAll(/^(?:import|export) (?!type)[^;]*?from '([^']+)'/gm)) {
        expect(match[1]).toMatch(/^\.\//);
        visit(match[1] ?? '');
      }
    };
    visit('./agent.ts');
    expect([...seen]).toContain('./generated/validators.ts');
    seen.clear();
    visit('./client.ts');
  });
});
