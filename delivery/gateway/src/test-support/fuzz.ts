// Seeded inputs for fuzz tests: many in a soak (CESS_FUZZ), a slice in every run. A failure names the seed of its input.
import { isCessError } from '@cess/primitives';
import { S3Error } from '../s3/errors.js';

/** At least 0, below 1. */
export type Random = () => number;

const slice = 2_000;
const fuzzCount = Number(process.env['CESS_FUZZ'] ?? slice);
const firstSeed = Number(process.env['CESS_SEED'] ?? '1');

/** Mulberry32 (Tommy Ettinger, public domain). */
function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs the body for each seed. It throws for an input that was handled wrongly. */
export async function fuzz(body: (random: Random) => void | Promise<void>): Promise<void> {
  for (let seed = firstSeed; seed < firstSeed + fuzzCount; seed++) {
    try {
      await body(seededRandom(seed));
    } catch (cause) {
      throw new Error(`CESS_SEED=${seed} CESS_FUZZ=1: ${String(cause)}`, { cause });
    }
  }
}

export const integer = (random: Random, below: number): number => Math.floor(random() * below);

export function pick<T>(random: Random, items: readonly [T, ...T[]]): T {
  return items[integer(random, items.length)] ?? items[0];
}

export const list = <T>(random: Random, most: number, make: () => T): T[] =>
  Array.from({ length: integer(random, most + 1) }, make);

/** The text with up to three random changes: characters removed, doubled, replaced, or pieces of the syntax put in. */
export function mutated(random: Random, text: string, tokens: readonly [string, ...string[]]): string {
  let out = text;
  for (let change = integer(random, 3); change >= 0; change--) {
    const at = integer(random, out.length + 1);
    const end = at + integer(random, 6);
    const put = pick<string>(random, ['', pick(random, tokens), out.slice(at, end).repeat(2), randomText(random, 3)]);
    out = out.slice(0, at) + put + out.slice(end);
  }
  return out;
}

/** Characters that parsers tend to treat in a special way, and others. */
export function randomText(random: Random, most: number): string {
  const special = [
    '\0',
    '\n',
    '\r',
    '\t',
    ' ',
    '&',
    '<',
    '>',
    '"',
    "'",
    '%',
    '/',
    '\\',
    ';',
    '=',
    ',',
    '\ud800',
    '\ufffe',
  ];
  const make = () =>
    random() < 0.4
      ? pick(random, ['a', ...special])
      : String.fromCodePoint(32 + integer(random, random() < 0.8 ? 95 : 60_000));
  return list(random, most, make).join('');
}

/** The bytes in random pieces. */
export async function* inPieces(random: Random, bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + integer(random, pick(random, [1, 3, 20, 2_000]));
    yield bytes.subarray(at, end);
    at = end;
  }
}

/** The value, or the code of the refusal. Everything but a refusal is a crash, and is thrown on. */
export async function outcomeOf<T>(
  parse: () => T | Promise<T>,
): Promise<{ readonly value: T } | { readonly refused: string }> {
  try {
    return { value: await parse() };
  } catch (error) {
    if (error instanceof S3Error && error.status < 500) return { refused: error.code };
    if (isCessError(error)) return { refused: error.code };
    throw error;
  }
}
