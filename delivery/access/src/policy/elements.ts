// Readers for the parts of a document. Each throws `POLICY_MALFORMED` with the path of what is wrong.
import { policyError } from '../errors.js';
import { type Json, JsonNumber, type JsonObject } from './json.js';

/** The object at the path; every member must be in `known`. */
export function readObject(json: Json | undefined, at: string, known?: readonly string[]): JsonObject {
  if (!(json instanceof Map)) throw policyError(at, 'must be an object');
  if (known === undefined) return json;
  for (const name of json.keys())
    if (!known.includes(name))
      throw policyError(join(at, name), `is not an element of a policy; known are ${known.join(', ')}`);
  return json;
}

export function readString(json: Json | undefined, at: string): string {
  if (typeof json !== 'string') throw policyError(at, 'must be a string');
  return json;
}

/** A string or a list of strings; at least one. */
export function readStrings(json: Json | undefined, at: string): readonly string[] {
  return readList(json, at, (entry, place) => readString(entry, place));
}

/** A value or a list of values of a condition; numbers and booleans as text. */
export function readScalars(json: Json | undefined, at: string): readonly string[] {
  return readList(json, at, (entry, place) => {
    if (typeof entry === 'string') return entry;
    if (typeof entry === 'boolean') return String(entry);
    if (entry instanceof JsonNumber) return entry.text;
    throw policyError(place, 'must be a string, a number or a boolean');
  });
}

function readList<T>(json: Json | undefined, at: string, read: (entry: Json, at: string) => T): readonly T[] {
  if (json === undefined) throw policyError(at, 'is missing');
  if (!isArray(json)) return [read(json, at)];
  if (json.length === 0) throw policyError(at, 'must not be empty');
  return json.map((entry, index) => read(entry, `${at}[${index}]`));
}

/** Of two members that exclude each other, the one that is present. */
export function chooseMember(object: JsonObject, at: string, first: string, second: string): string {
  if (object.has(first) === object.has(second)) throw policyError(at, `must have either ${first} or ${second}`);
  return object.has(first) ? first : second;
}

export function isArray(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json);
}

export function join(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`;
}
