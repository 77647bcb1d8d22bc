// Random keys and values that share prefixes, meet each other's paths, and lie on both sides of every size limit.
import { compareBytes, fromHex, toHex } from '@cess/primitives';
import type { Entry } from './oracle.js';

export type Random = () => number;

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function randomKey(random: Random): Uint8Array {
  const kind = random();
  if (kind < 0.1) return new Uint8Array(Math.floor(random() * 140)).fill(random() < 0.5 ? 0 : 0x11);
  const alphabet = [0x00, 0x01, 0x10, 0x11, 0xf0, 0xff];
  return new Uint8Array(Math.floor(random() * 6)).map(() => alphabet[Math.floor(random() * alphabet.length)]!);
}

export function randomValue(random: Random): Uint8Array {
  const lengths = [0, 1, 2, 20, 30, 31, 32, 33, 34, 64, 70, 20_000];
  const length = lengths[Math.floor(random() * (random() < 0.05 ? 12 : 11))]!;
  return new Uint8Array(length).map(() => Math.floor(random() * 256));
}

/** Ordered content of a model keyed by hex. */
export function sortedEntries(model: ReadonlyMap<string, Uint8Array>): Entry[] {
  return [...model].map(([key, value]) => [fromHex(key), value] as const).sort((a, b) => compareBytes(a[0], b[0]));
}

export function setEntry(model: Map<string, Uint8Array>, key: Uint8Array, value: Uint8Array | undefined): void {
  if (value) model.set(toHex(key), value);
  else model.delete(toHex(key));
}
