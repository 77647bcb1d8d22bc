// Patterns with `*` and without `?`: a fixed beginning, a fixed end, and pieces that are searched between them from left to
// right. The leftmost place of each piece is as good as any other, so nothing is tried twice.
import type { Matcher, PatternPart, Work } from './parts.js';

export class SearchMatcher implements Matcher {
  readonly #prefix: string;
  readonly #suffix: string;
  readonly #pieces: readonly Piece[];
  /** Shortest text that can match. */
  readonly #minLength: number;

  /** Takes at least one run. */
  constructor(parts: readonly PatternPart[]) {
    const pieces = splitAtRuns(parts);
    this.#prefix = pieces[0] ?? '';
    this.#suffix = pieces.at(-1) ?? '';
    this.#pieces = pieces
      .slice(1, -1)
      .filter((piece) => piece !== '')
      .map((piece) => new Piece(piece));
    this.#minLength = pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  matches(text: string, work: Work): boolean {
    work.steps++;
    if (text.length < this.#minLength) return false;
    work.steps += this.#prefix.length + this.#suffix.length;
    if (!text.startsWith(this.#prefix) || !text.endsWith(this.#suffix)) return false;
    const end = text.length - this.#suffix.length;
    let position = this.#prefix.length;
    for (const piece of this.#pieces) {
      position = piece.findEnd(text, position, end, work);
      if (position < 0) return false;
    }
    return true;
  }
}

/** The literals between runs; the first and the last are the fixed ends and may be empty. */
function splitAtRuns(parts: readonly PatternPart[]): readonly string[] {
  const pieces = [''];
  for (const part of parts) {
    if (typeof part === 'string') pieces.push((pieces.pop() ?? '') + part);
    else pieces.push('');
  }
  return pieces;
}

/** A literal with the failure function of Knuth, Morris and Pratt (SIAM J. Comput. 6, 1977). */
class Piece {
  readonly #failure: Uint32Array;

  constructor(readonly literal: string) {
    this.#failure = new Uint32Array(literal.length);
    let matched = 0;
    for (let index = 1; index < literal.length; index++) {
      const code = literal.charCodeAt(index);
      while (matched > 0 && literal.charCodeAt(matched) !== code) matched = this.#failure[matched - 1] ?? 0;
      if (literal.charCodeAt(matched) === code) matched++;
      this.#failure[index] = matched;
    }
  }

  /** Where the first occurrence between the positions ends; -1 if there is none. */
  findEnd(text: string, from: number, to: number, work: Work): number {
    const { literal } = this;
    let matched = 0;
    for (let index = from; index < to; index++) {
      const code = text.charCodeAt(index);
      work.steps++;
      while (matched > 0 && literal.charCodeAt(matched) !== code) {
        matched = this.#failure[matched - 1] ?? 0;
        work.steps++;
      }
      if (literal.charCodeAt(matched) === code) matched++;
      if (matched === literal.length) return index + 1;
    }
    return -1;
  }
}
