// Releases opened resources. Every cleanup runs even if others throw: a failing one must not leave locks, threads and
// sockets of the others behind.

/** Runs the cleanups from the last to the first and empties the list. Then throws the first error, if there was any. */
export async function runCleanups(cleanups: (() => unknown)[]): Promise<void> {
  const errors: unknown[] = [];
  for (let cleanup = cleanups.pop(); cleanup !== undefined; cleanup = cleanups.pop()) {
    try {
      await cleanup();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
