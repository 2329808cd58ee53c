import { describe, expect, it } from 'vitest';
import { PASSWORD_CHECKS_MAX } from './limits.ts';
import { BusyFault, PasswordHasher } from './password.ts';

describe('passwords', () => {
  it('are kept as salted hashes that verify the password and no other', async () => {
    const hasher = new PasswordHasher();
    const stored = await hasher.hash('correct horse battery');
    expect(stored).toMatch(/^scrypt\$15\$8\$3\$/);
    expect(stored).not.toContain('correct');
    expect(await hasher.hash('correct horse battery')).not.toBe(stored);
    expect(await hasher.verify('correct horse battery', stored)).toBe(true);
    expect(await hasher.verify('correct horse batterx', stored)).toBe(false);
  });

  it('do not depend on how a keyboard composes an accent', async () => {
    const hasher = new PasswordHasher();
    const stored = await hasher.hash('pass\u00e9-partout');
    expect(await hasher.verify('passe\u0301-partout', stored)).toBe(true);
  });

  it('a name that does not exist is wrong with any password', async () => {
    expect(await new PasswordHasher().verify('anything at all', undefined)).toBe(false);
  });

  it('more at a time than there is memory for are turned away, not queued', async () => {
    const hasher = new PasswordHasher();
    const hashes = Array.from({ length: PASSWORD_CHECKS_MAX + 2 }, () => hasher.hash('0123456789'));
    const results = await Promise.allSettled(hashes);
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(2);
    for (const result of refused) {
      expect(result.status === 'rejected' && result.reason).toBeInstanceOf(BusyFault);
    }
    expect(await hasher.hash('0123456789')).toMatch(/^scrypt/);
  });
});
