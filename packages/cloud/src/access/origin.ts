/**
 * Where a request comes from, as far as headers tell.
 *
 * In open mode there are no credentials, so that any page in a browser on this machine could reach the server, straight
 * or by a name that it makes resolve to 127.0.0.1 (DNS rebinding). Hence Host must name this machine, Origin must be the
 * server's own page, and what came through a proxy did not come from this machine.
 */
import type { Facts } from './principal.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** @returns why open mode does not serve this request, or undefined where it does */
export function openObjection(facts: Facts): string | undefined {
  if (facts.forwarded) return 'it came through a proxy';
  if (facts.host === undefined || !LOOPBACK.test(facts.host)) {
    return `its Host is ${JSON.stringify(facts.host?.slice(0, 80) ?? '')}, not this machine`;
  }
  return isForeign(facts) ? 'it comes from another site' : undefined;
}

/** @returns whether a browser says that a page of another site sent this */
export function isForeign({ origin, host }: Facts): boolean {
  if (origin === undefined) return false;
  const site = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1];
  return site === undefined || site.toLowerCase() !== host?.toLowerCase();
}
