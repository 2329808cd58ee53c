import { describe, expect, it } from 'vitest';
import { credentialOf } from './credentials.ts';
import { openMode } from './openMode.ts';
import { isForeign } from './origin.ts';
import type { Facts } from './principal.ts';

const facts = (some: Partial<Facts> = {}): Facts => ({
  method: 'GET',
  address: '127.0.0.1',
  host: '127.0.0.1:8080',
  forwarded: false,
  secure: false,
  ...some,
});

describe('open mode', () => {
  const answer = (some: Partial<Facts>) => openMode().authorize(facts(some), 'admin');

  it.each(['127.0.0.1:8080', 'localhost', 'LOCALHOST:1', '[::1]:8080', '127.9.8.7:80'])(
    'serves this machine as %s',
    (host) => expect(answer({ host })).toEqual({ ok: true, principal: { kind: 'local' } }),
  );

  it.each([
    { host: 'evil.example' },
    { host: '127.0.0.1.evil.example' },
    { host: 'localhost.evil.example:8080' },
    { host: '192.168.1.5:8080' },
    { host: undefined },
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:9999' },
    { forwarded: true },
  ])('refuses %j', (some) => {
    const decision = answer(some);
    expect(decision.ok).toBe(false);
    if (!decision.ok) expect(decision.refusal.status).toBe(403);
  });

  it("serves its own page's requests", () => {
    expect(answer({ method: 'POST', origin: 'http://127.0.0.1:8080' }).ok).toBe(true);
  });
});

describe('where a request comes from', () => {
  it('a page of the same host is no other site, whatever the scheme', () => {
    expect(isForeign(facts({ host: 'Fern.example', origin: 'https://fern.example' }))).toBe(false);
    expect(isForeign(facts({ host: 'fern.example', origin: 'https://fern.example:444' }))).toBe(
      true,
    );
    expect(isForeign(facts({ host: undefined, origin: 'https://fern.example' }))).toBe(true);
  });
});

describe('what a request presents', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  it.each([
    ['Bearer fsd_x', { secret: 'fsd_x', from: 'header' }],
    ['bearer fsd_x', { secret: 'fsd_x', from: 'header' }],
    ['Token fsd_x', { secret: 'fsd_x', from: 'header' }],
    [basic('pump 3:fsd_x'), { secret: 'fsd_x', name: 'pump 3', from: 'header' }],
    [basic('urn:dev:3:fsd_x'), { secret: 'fsd_x', name: 'urn:dev:3', from: 'header' }],
    [basic(':fsd_x'), 'malformed'],
    [basic('pump'), 'malformed'],
    ['Digest x', 'malformed'],
    ['Bearer', 'malformed'],
    [`Bearer ${'x'.repeat(300)}`, 'malformed'],
    ['', 'malformed'],
  ])('%s', (authorization, expected) => {
    expect(credentialOf(facts({ authorization }))).toEqual(expected);
  });

  it('finds the cookie of the session among others', () => {
    const cookie = 'theme=dark; fernsight=fss_x; fernsight2=y';
    expect(credentialOf(facts({ cookie }))).toEqual({ secret: 'fss_x', from: 'cookie' });
    expect(credentialOf(facts({ cookie: 'theme=dark' }))).toBeUndefined();
  });
});
