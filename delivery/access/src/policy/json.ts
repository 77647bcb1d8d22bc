// Strict JSON (RFC 8259) for policy documents. JSON.parse keeps the last of two members of one name and drops the text of
// numbers; a policy must not mean something else to the person who reads it. Objects are maps, so no name is special.
import { policyError } from '../errors.js';

/** A number as it was written. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

export type JsonObject = ReadonlyMap<string, Json>;
export type Json = string | boolean | null | JsonNumber | readonly Json[] | JsonObject;

/** Policies nest five levels deep. */
const maxDepth = 12;
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** All characters from the space on, except quotation mark and backslash. */
const plainText = /[ !#-[\]-\uffff]*/y;
const whitespace = /[ \t\r\n]*/y;
const hexDigits = /^[0-9a-fA-F]{4}$/;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Parses a document. Throws `POLICY_MALFORMED` with line and column. Linear in the length of the text. */
export function parseStrictJson(text: string): Json {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  #position = 0;

  constructor(readonly text: string) {}

  value(depth: number): Json {
    if (depth > maxDepth) throw this.#error('nests too deep');
    this.#skip();
    const first = this.text[this.#position];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string();
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (!this.text.startsWith(word, this.#position)) continue;
      this.#position += word.length;
      return value;
    }
    const number = this.#match(numberPattern);
    if (number === '') throw this.#error('is not a JSON value');
    return new JsonNumber(number);
  }

  end(): void {
    this.#skip();
    if (this.#position < this.text.length) throw this.#error('follows the end of the document');
  }

  #object(depth: number): JsonObject {
    const members = new Map<string, Json>();
    this.#position++;
    if (this.#take('}')) return members;
    do {
      this.#skip();
      if (this.text[this.#position] !== '"') throw this.#error('must be the name of a member, in double quotes');
      const start = this.#position;
      const name = this.#string();
      if (members.has(name)) {
        this.#position = start;
        throw this.#error(`repeats the member "${name}"`);
      }
      if (!this.#take(':')) throw this.#error('must be a colon');
      members.set(name, this.value(depth + 1));
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#error('must be a comma or a closing brace');
    return members;
  }

  #array(depth: number): readonly Json[] {
    const values: Json[] = [];
    this.#position++;
    if (this.#take(']')) return values;
    do values.push(this.value(depth + 1));
    while (this.#take(','));
    if (!this.#take(']')) throw this.#error('must be a comma or a closing bracket');
    return values;
  }

  #string(): string {
    this.#position++;
    const parts: string[] = [];
    for (;;) {
      parts.push(this.#match(plainText));
      const next = this.text[this.#position];
      if (next === '"') break;
      if (next !== '\\') throw this.#error(next === undefined ? 'ends inside a string' : 'is a control character');
      parts.push(this.#escape());
    }
    this.#position++;
    return parts.join('');
  }

  #escape(): string {
    const letter = this.text[this.#position + 1] ?? '';
    const simple = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
    if (simple !== undefined) {
      this.#position += 2;
      return simple;
    }
    const digits = this.text.slice(this.#position + 2, this.#position + 6);
    if (letter !== 'u' || !hexDigits.test(digits)) throw this.#error('is not a valid escape');
    this.#position += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #skip(): void {
    this.#match(whitespace);
  }

  #take(character: string): boolean {
    this.#skip();
    if (this.text[this.#position] !== character) return false;
    this.#position++;
    return true;
  }

  /** Takes what the sticky pattern matches at the position; the empty text if it does not match. */
  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.#position += found.length;
    return found;
  }

  #error(what: string): Error {
    const before = this.text.slice(0, this.#position).split('\n');
    const place = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
    return policyError(`The text at ${place}`, what);
  }
}
