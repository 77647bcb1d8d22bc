// Random choices, which keep providers from doing the same work at the same time.
import { elementAt, type Rng } from '@cess/primitives';

/** At least 0, below 1. */
export function randomShare(rng: Rng): number {
  const bytes = rng.bytes(4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32;
}

/** In random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const list = [...items];
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(randomShare(rng) * (i + 1));
    [list[i], list[j]] = [elementAt(list, j), elementAt(list, i)];
  }
  return list;
}
