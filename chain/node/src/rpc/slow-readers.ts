// What clients have not read yet, over all connections.

export interface Reader {
  /** Bytes that the peer has not read yet. */
  readonly unsentBytes: number;
  closeSlow(): void;
}

/** Closes the slowest readers, and removes them from the set, until the unsent bytes of all are within the limit. */
export function closeSlowReaders(readers: Set<Reader>, maxUnsentBytes: number): void {
  let total = 0;
  for (const { unsentBytes } of readers) total += unsentBytes;
  while (total > maxUnsentBytes) {
    let slowest: Reader | undefined;
    for (const each of readers) {
      if (each.unsentBytes > (slowest?.unsentBytes ?? 0)) slowest = each;
    }
    if (slowest === undefined) return;
    total -= slowest.unsentBytes;
    readers.delete(slowest);
    slowest.closeSlow();
  }
}
