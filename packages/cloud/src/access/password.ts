/**
 * Passwords, kept as scrypt hashes with their parameters beside them, so that these can grow later.
 *
 * A hash costs 32 MB and some 200 ms of a thread of its own: at most a few run at once, and who comes beyond that is
 * asked to wait, so that a flood of sign-ins cannot starve ingest.
 */
import { scrypt, timingSafeEqual } from 'node:crypto';
import { Fault, randomSecret } from '@fernsight/base';
import { PASSWORD_CHECKS_MAX } from './limits.ts';

/** scrypt's N = 2^logN, r and p. */
export interface PasswordCost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** OWASP Password Storage Cheat Sheet, scrypt with 32 MiB */
const COST: PasswordCost = { logN: 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** More passwords are being checked than the server has room for. */
export class BusyFault extends Fault {
  override name = 'BusyFault';
}

export class PasswordHasher {
  readonly #cost: PasswordCost;
  #running = 0;
  /** the hash of nobody's password: a name that does not exist takes as long as one that does */
  #nobody: string | undefined;

  /** @param cost of new hashes; old ones carry theirs */
  constructor(cost: PasswordCost = COST) {
    this.#cost = cost;
  }

  /** @throws BusyFault */
  async hash(password: string): Promise<string> {
    const salt = randomSecret(SALT_BYTES);
    const hash = await this.#derive(password, { ...this.#cost, salt });
    const { logN, r, p } = this.#cost;
    const parts = [logN, r, p, encode(salt), encode(hash)];
    return `scrypt$${parts.join('$')}`;
  }

  /**
   * @param stored as `hash` made it; undefined where the name does not exist
   * @throws BusyFault
   */
  async verify(password: string, stored: string | undefined): Promise<boolean> {
    this.#nobody ??= await this.hash(encode(randomSecret(SALT_BYTES)));
    const { hash, ...cost } = parse(stored ?? this.#nobody);
    const given = await this.#derive(password, cost);
    return timingSafeEqual(given, hash) && stored !== undefined;
  }

  async #derive(password: string, cost: Cost): Promise<Uint8Array> {
    if (this.#running >= PASSWORD_CHECKS_MAX) {
      throw new BusyFault('too many passwords are being checked', {
        op: 'access.password',
        retryable: true,
      });
    }
    this.#running++;
    try {
      return await derive(password, cost);
    } finally {
      this.#running--;
    }
  }
}

interface Cost extends PasswordCost {
  readonly salt: Uint8Array;
}

/** The same password typed on two keyboards is the same characters only after normalising (NIST SP 800-63B, 5.1.1.2). */
function derive(password: string, { logN, r, p, salt }: Cost): Promise<Uint8Array> {
  const N = 2 ** logN;
  const options = { N, r, p, maxmem: 2 * 128 * N * r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}

function parse(stored: string): Cost & { readonly hash: Uint8Array } {
  const [, logN = '', r = '', p = '', salt = '', hash = ''] = stored.split('$');
  return { logN: Number(logN), r: Number(r), p: Number(p), salt: decode(salt), hash: decode(hash) };
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function decode(text: string): Uint8Array {
  return Buffer.from(text, 'base64url');
}
