// @cess/primitives/testing: what tests of all packages share.

/** Far more than any wait takes on a busy machine: a wait that exceeds it hangs. */
const hangGuardMs = 10 * 60_000;
const defaultPauseMs = 20;

/** Waits until the probe gives a value other than `undefined` and `false`. Fails with `what`, read at that moment, when it hangs. */
export async function eventually<T>(
  probe: () => T | Promise<T>,
  what: string | (() => string),
  pauseMs = defaultPauseMs,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + hangGuardMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    if (performance.now() > deadline) throw new Error(`does not happen: ${typeof what === 'string' ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
