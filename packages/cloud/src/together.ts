/** Loops that stand and fall together. */

/**
 * Runs loops until aborted. One that fails ends the others, too; what it failed of is told once all have ended.
 * @param onFailure hears at once of the first that failed
 * @throws what the first failed of
 */
export async function runTogether(
  loops: readonly ((signal: AbortSignal) => Promise<void>)[],
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
): Promise<void> {
  const stop = new AbortController();
  const end = AbortSignal.any([signal, stop.signal]);
  let first: { readonly error: unknown } | undefined;
  await Promise.all(
    loops.map((run) =>
      run(end).catch((error: unknown) => {
        if (first !== undefined) return;
        first = { error };
        onFailure(error);
        stop.abort();
      }),
    ),
  );
  if (first !== undefined) throw first.error;
}
