// The independent implementation that the trie is held against: smoldot's, compiled to WebAssembly by Chopsticks.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { calculate_state_root, create_proof, decode_proof, initSync } from '@acala-network/chopsticks-executor';
import { fromHex, toHex0x } from '@cess/primitives';

const require = createRequire(import.meta.url);
const entry = require.resolve('@acala-network/chopsticks-executor');
initSync({ module: readFileSync(new URL('../esm/chopsticks_executor_bg.wasm', `file://${entry}`)) });

export type Entry = readonly [key: Uint8Array, value: Uint8Array];

export async function oracleRoot(entries: readonly Entry[], version: 0 | 1): Promise<Uint8Array> {
  const hex = entries.map(([key, value]) => [toHex0x(key), toHex0x(value)]);
  return fromHex((await calculate_state_root(hex, version)) as string);
}

/** Entries that a proof for this root contains. */
export async function oracleDecodeProof(root: Uint8Array, proof: readonly Uint8Array[]): Promise<Map<string, string>> {
  const decoded = (await decode_proof(toHex0x(root), proof.map(toHex0x))) as [string, string][];
  return new Map(decoded);
}

/** A proof made by the oracle for a trie of its own with these entries. */
export async function oracleCreateProof(entries: readonly Entry[]): Promise<{ root: Uint8Array; nodes: Uint8Array[] }> {
  const updates = entries.map(([key, value]) => [toHex0x(key), toHex0x(value)]);
  const [root, nodes] = (await create_proof([], updates)) as [string, string[]];
  return { root: fromHex(root), nodes: nodes.map(fromHex) };
}
