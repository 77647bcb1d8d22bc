// Byte form of trie nodes (Polkadot specification §2.3.3): header with node kind and partial key length, partial key,
// child bitmap, value, children. Decoding accepts untrusted bytes: everything malformed throws `TRIE_NODE_MALFORMED`.
import { byteAt, CessError } from '@cess/primitives';
import { type ChildRef, hashLength, type NodeValue, type TrieNode } from './trie-node.js';

/** Keys of the state have at most this many bytes; a longer partial key is refused before it is allocated. */
const maxPartialNibbles = 4096;

interface Kind {
  readonly bits: number;
  /** Greatest length that the header's low bits hold. */
  readonly maxLength: number;
}
const leaf: Kind = { bits: 0x40, maxLength: 63 };
const branch: Kind = { bits: 0x80, maxLength: 63 };
const branchWithValue: Kind = { bits: 0xc0, maxLength: 63 };
const leafHashed: Kind = { bits: 0x20, maxLength: 31 };
const branchHashed: Kind = { bits: 0x10, maxLength: 15 };

export function encodeNode(node: TrieNode): Uint8Array {
  const { partial, value, children } = node;
  const kind = kindOf(node);
  const out = new Uint8Array(encodedLength(node, kind));
  let at = 0;
  if (partial.length < kind.maxLength) {
    out[at++] = kind.bits | partial.length;
  } else {
    out[at++] = kind.bits | kind.maxLength;
    let rest = partial.length - kind.maxLength;
    for (; rest >= 255; rest -= 255) out[at++] = 255;
    out[at++] = rest;
  }
  let i = 0;
  if (partial.length % 2 === 1) out[at++] = byteAt(partial, i++);
  for (; i < partial.length; i += 2) out[at++] = (byteAt(partial, i) << 4) | byteAt(partial, i + 1);
  if (children) {
    let bitmap = 0;
    for (let slot = 0; slot < 16; slot++) if (children[slot]) bitmap |= 1 << slot;
    out[at++] = bitmap & 0xff;
    out[at++] = bitmap >>> 8;
  }
  if (value?.type === 'inline') {
    at = writeCompact(out, at, value.bytes.length);
    out.set(value.bytes, at);
    at += value.bytes.length;
  } else if (value) {
    out.set(value.hash, at);
    at += hashLength;
  }
  for (const child of children ?? []) {
    if (!child) continue;
    out[at++] = child.merkle.length << 2;
    out.set(child.merkle, at);
    at += child.merkle.length;
  }
  return out;
}

/** The node of an encoding, whose parts are views of `bytes`. `ids`: record ids of the hashed value (first) and of the hashed children, in order. */
export function decodeNode(bytes: Uint8Array, ids: readonly number[] = []): TrieNode {
  const input = new Input(bytes);
  const first = input.byte();
  const kind = kindOfHeader(first);
  let length = first & kind.maxLength;
  if (length === kind.maxLength) {
    for (let more = 255; more === 255; ) {
      more = input.byte();
      length += more;
      if (length > maxPartialNibbles) throw malformed('partial key too long');
    }
  }
  const partial = new Uint8Array(length);
  let i = 0;
  if (length % 2 === 1) {
    const odd = input.byte();
    if (odd > 15) throw malformed('padding of the partial key is not zero');
    partial[i++] = odd;
  }
  while (i < length) {
    const pair = input.byte();
    partial[i++] = pair >>> 4;
    partial[i++] = pair & 15;
  }
  const isBranch = kind !== leaf && kind !== leafHashed;
  const bitmap = isBranch ? input.byte() | (input.byte() << 8) : 0;
  if (isBranch && bitmap === 0) throw malformed('branch without children');
  let nextId = 0;
  let value: NodeValue | undefined;
  if (kind === leafHashed || kind === branchHashed) {
    value = { type: 'hashed', hash: input.take(hashLength), id: ids[nextId++] ?? 0 };
  } else if (kind !== branch) {
    value = { type: 'inline', bytes: input.take(input.compact()) };
  }
  let children: (ChildRef | undefined)[] | undefined;
  if (isBranch) {
    children = new Array<ChildRef | undefined>(16).fill(undefined);
    for (let slot = 0; slot < 16; slot++) {
      if ((bitmap & (1 << slot)) === 0) continue;
      const size = input.compact();
      if (size > hashLength || size === 0) throw malformed('child reference of a wrong length');
      const merkle = input.take(size);
      children[slot] = { merkle, id: size === hashLength ? (ids[nextId++] ?? 0) : 0 };
    }
  }
  input.end();
  return { partial, value, children };
}

function kindOf(node: TrieNode): Kind {
  if (!node.children) return node.value?.type === 'hashed' ? leafHashed : leaf;
  if (!node.value) return branch;
  return node.value.type === 'hashed' ? branchHashed : branchWithValue;
}

function kindOfHeader(first: number): Kind {
  if (first >= 0xc0) return branchWithValue;
  if (first >= 0x80) return branch;
  if (first >= 0x40) return leaf;
  if (first >= 0x20) return leafHashed;
  if (first >= 0x10) return branchHashed;
  throw malformed('unknown node kind');
}

function encodedLength({ partial, value, children }: TrieNode, kind: Kind): number {
  let length = 1 + ((partial.length + 1) >>> 1);
  if (partial.length >= kind.maxLength) length += 1 + Math.floor((partial.length - kind.maxLength) / 255);
  if (value?.type === 'inline') length += compactLength(value.bytes.length) + value.bytes.length;
  else if (value) length += hashLength;
  if (!children) return length;
  length += 2;
  for (const child of children) if (child) length += 1 + child.merkle.length;
  return length;
}

function compactLength(value: number): number {
  if (value < 0x40) return 1;
  return value < 0x4000 ? 2 : 4;
}

function writeCompact(out: Uint8Array, at: number, value: number): number {
  if (value < 0x40) {
    out[at] = value << 2;
    return at + 1;
  }
  if (value < 0x4000) {
    out[at] = ((value << 2) | 1) & 0xff;
    out[at + 1] = value >>> 6;
    return at + 2;
  }
  const word = value * 4 + 2;
  for (let i = 0; i < 4; i++) out[at + i] = Math.floor(word / 256 ** i) & 0xff;
  return at + 4;
}

class Input {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw malformed('truncated');
    return value;
  }

  take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw malformed('truncated');
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }

  /** Canonical compact integer below 2^30. */
  compact(): number {
    const first = this.byte();
    const mode = first & 3;
    if (mode === 0) return first >>> 2;
    if (mode === 1) return canonical((first >>> 2) | (this.byte() << 6), 0x40);
    if (mode === 2) {
      const value = (first + this.byte() * 256 + this.byte() * 65536 + this.byte() * 16777216 - 2) / 4;
      return canonical(value, 0x4000);
    }
    throw malformed('length too large');
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw malformed('trailing bytes');
  }
}

function canonical(value: number, least: number): number {
  if (value < least) throw malformed('length not in canonical form');
  return value;
}

function malformed(reason: string): CessError {
  return new CessError('TRIE_NODE_MALFORMED', `Malformed trie node: ${reason}.`, { reason });
}
