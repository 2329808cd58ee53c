/** The state of an agent in words. */
import { formatBytes, formatCount, formatSpan } from '../frame/format.ts';

/** Less is the way between agent and server. */
const CLOCK_OFF_US = 2_000_000;

/** @param aheadUs the agent's clock less the server's */
export function clockWords(aheadUs: number): { readonly words: string; readonly isOff: boolean } {
  const offUs = Math.abs(aheadUs);
  if (offUs < CLOCK_OFF_US) return { words: 'right', isOff: false };
  return { words: `${formatSpan(offUs)} ${aheadUs > 0 ? 'ahead' : 'behind'}`, isOff: true };
}

export function bufferWords(
  { outboxBytes }: { readonly outboxBytes: number },
  readings: number,
): string {
  const size = formatBytes(outboxBytes);
  return readings === 0 ? `empty, ${size} on disk` : `${formatCount(readings)} readings, ${size}`;
}
