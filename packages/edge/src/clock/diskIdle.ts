/**
 * For tests that move the clock: time must not outrun the disk, or a sync of a millisecond takes an hour of clock.
 * @returns when no operation on files is under way
 */
export async function diskIdle(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq')));
}
