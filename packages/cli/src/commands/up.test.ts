import { expect, test } from 'vitest';
import { reachedAt } from './up.ts';

test.each([
  ['http://0.0.0.0:8080', 'http://plant:8080'],
  ['https://[::]:8443', 'https://plant:8443'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['http://10.0.0.0:8080', 'http://10.0.0.0:8080'],
])('a server at %s is opened at %s', (url, shown) => {
  expect(reachedAt(url, 'plant')).toBe(shown);
});
