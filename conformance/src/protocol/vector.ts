// The form of the protocol's vectors (docs/protocol/README.md): named inputs and outputs, bytes as hex, 64-bit integers
// as decimal text.
import { readFileSync } from 'node:fs';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export interface Vector {
  readonly name: string;
  readonly input: { readonly [name: string]: Json };
  readonly output: { readonly [name: string]: Json };
}

export type VectorFile = readonly Vector[];

/** `pattern(n, seed)`: byte i is (seed + 31 i + (i >> 8)) mod 256. */
export function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (seed + 31 * i + (i >> 8)) & 0xff);
}

/** Folder of the checked-in vectors, seen from the compiled code. */
export const vectorFolder = new URL('../../../docs/protocol/vectors/', import.meta.url);

export function readVectors(name: string): VectorFile {
  return JSON.parse(readFileSync(new URL(`${name}.json`, vectorFolder), 'utf8')) as VectorFile;
}

export function printVectors(vectors: VectorFile): string {
  return `${JSON.stringify(vectors, null, 2)}\n`;
}
