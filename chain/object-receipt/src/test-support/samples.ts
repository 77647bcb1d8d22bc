// The receipts of docs/protocol/vectors, which the conformance suite computes from a small state of a chain.
import { readFileSync } from 'node:fs';
import type { AuthoritySet } from '@cess/client';
import { createEd25519Signer } from '@cess/crypto';
import { fromHex, fromUtf8, present, toHex0x, utf8 } from '@cess/primitives';
import type { ReceiptTrust } from '../index.js';
import { type ReceiptStatement, statementMessage } from '../statement.js';

interface SampleVector {
  readonly name: string;
  readonly input: Readonly<Record<'genesis' | 'authority' | 'nodeKeySeed' | 'plaintext', string>>;
  readonly output: { readonly receipt: string };
}

export interface Sample {
  readonly name: string;
  readonly receipt: Uint8Array;
  readonly trust: ReceiptTrust;
  readonly plaintext: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

const file = new URL('../../../../docs/protocol/vectors/object-receipts.json', import.meta.url);

export const samples: readonly Sample[] = (JSON.parse(readFileSync(file, 'utf8')) as SampleVector[]).map(
  ({ name, input, output }) => ({
    name,
    receipt: utf8(output.receipt),
    trust: { genesis: fromHex(input.genesis), authorities: loneAuthority(fromHex(input.authority)) },
    plaintext: pattern(input.plaintext),
    sign: (message) => createEd25519Signer(fromHex(input.nodeKeySeed)).sign(message),
  }),
);

/** `pattern(n, seed)`: byte i is (seed + 31 i + (i >> 8)) mod 256. */
function pattern(text: string): Uint8Array {
  const [, length, seed] = present(/^pattern\((\d+), (\d+)\)$/.exec(text), 'a pattern');
  return Uint8Array.from({ length: Number(length) }, (_, i) => (Number(seed) + 31 * i + (i >> 8)) & 0xff);
}

export function loneAuthority(key: Uint8Array, setId = 0n): AuthoritySet {
  return { setId, authorities: [{ key, weight: 1n }] };
}

/** The fields of a receipt, for changes that keep its form. */
export interface EditableReceipt {
  statement: Editable<ReceiptStatement>;
  signature: string;
  proof: string[];
  finality: { header: string; justification: string; setChanges?: { header: string; justification: string }[] };
  [other: string]: unknown;
}

type Editable<T> = T extends readonly (infer Item)[]
  ? Editable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Editable<T[Key]> }
    : T;

/** The receipt after a change of its fields, in the right form. */
export function edited({ receipt }: Sample, change: (fields: EditableReceipt) => void): Uint8Array {
  const fields = JSON.parse(fromUtf8(receipt)) as EditableReceipt;
  change(fields);
  return utf8(`${JSON.stringify(fields, null, 1)}\n`);
}

/** The receipt with another statement, which its gateway signs. */
export function signedAgain(sample: Sample, change: (statement: EditableReceipt['statement']) => void): Uint8Array {
  return edited(sample, (fields) => {
    change(fields.statement);
    fields.signature = toHex0x(sample.sign(statementMessage(fields.statement)));
  });
}
