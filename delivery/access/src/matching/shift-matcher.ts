// Patterns with `?`. A character is a Unicode code point here, so `?` matches an emoji as a whole. Pieces between runs are
// searched by Shift-And (Baeza-Yates and Gonnet, CACM 35, 1992): bit i of the state says that the last i + 1 characters match
// the first i + 1 of the piece. A `?` has its bit set in the mask of every character.
import { anyRun, type Matcher, type PatternPart, type Work } from './parts.js';

const any = -1;

export class ShiftMatcher implements Matcher {
  readonly #first: readonly number[];
  readonly #last: readonly number[];
  readonly #middle: readonly ShiftPiece[];
  readonly #hasRun: boolean;
  readonly #minLength: number;

  constructor(parts: readonly PatternPart[]) {
    const pieces = splitAtRuns(parts);
    this.#hasRun = pieces.length > 1;
    this.#first = pieces[0] ?? [];
    this.#last = this.#hasRun ? (pieces.at(-1) ?? []) : [];
    this.#middle = pieces
      .slice(1, -1)
      .filter((piece) => piece.length > 0)
      .map((piece) => new ShiftPiece(piece));
    this.#minLength = pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  matches(text: string, work: Work): boolean {
    work.steps++;
    // A code point has at most two code units, so a text that is too short never costs more than the pattern.
    if (text.length < this.#minLength) return false;
    const points = codePoints(text);
    work.steps += points.length;
    if (this.#hasRun ? points.length < this.#minLength : points.length !== this.#minLength) return false;
    const end = points.length - this.#last.length;
    if (!equalsAt(this.#first, points, 0, work) || !equalsAt(this.#last, points, end, work)) return false;
    let position = this.#first.length;
    for (const piece of this.#middle) {
      position = piece.findEnd(points, position, end, work);
      if (position < 0) return false;
    }
    return true;
  }
}

function codePoints(text: string): readonly number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

function splitAtRuns(parts: readonly PatternPart[]): readonly (readonly number[])[] {
  const pieces: number[][] = [[]];
  for (const part of parts) {
    if (part === anyRun) pieces.push([]);
    else pieces.at(-1)?.push(...(typeof part === 'string' ? codePoints(part) : [any]));
  }
  return pieces;
}

function equalsAt(piece: readonly number[], points: readonly number[], at: number, work: Work): boolean {
  for (const [index, point] of piece.entries()) {
    work.steps++;
    if (point !== any && point !== points[at + index]) return false;
  }
  return true;
}

class ShiftPiece {
  readonly #masks = new Map<number, Uint32Array>();
  /** The mask of characters that the piece does not name. */
  readonly #others: Uint32Array;
  readonly #words: number;

  constructor(readonly piece: readonly number[]) {
    this.#words = Math.ceil(piece.length / 32);
    this.#others = new Uint32Array(this.#words);
    for (const [index, point] of piece.entries()) if (point === any) setBit(this.#others, index);
    for (const [index, point] of piece.entries()) {
      if (point === any) continue;
      const mask = this.#masks.get(point) ?? this.#others.slice();
      setBit(mask, index);
      this.#masks.set(point, mask);
    }
  }

  /** Where the first occurrence between the positions ends; -1 if there is none. */
  findEnd(points: readonly number[], from: number, to: number, work: Work): number {
    const state = new Uint32Array(this.#words);
    const lastWord = this.#words - 1;
    const lastBit = (this.piece.length - 1) % 32;
    for (let index = from; index < to; index++) {
      const mask = this.#masks.get(points[index] ?? any) ?? this.#others;
      let carry = 1;
      for (let word = 0; word < this.#words; word++) {
        const before = state[word] ?? 0;
        state[word] = ((before << 1) | carry) & (mask[word] ?? 0);
        carry = before >>> 31;
        work.steps++;
      }
      if ((((state[lastWord] ?? 0) >>> lastBit) & 1) === 1) return index + 1;
    }
    return -1;
  }
}

function setBit(words: Uint32Array, index: number): void {
  words[index >>> 5] = ((words[index >>> 5] ?? 0) | (1 << (index & 31))) >>> 0;
}
