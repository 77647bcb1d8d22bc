// Blocks, headers, justifications and the indexes over them. Reads run in any thread; operations are returned for the
// engine's one batch per import (see chain-engine.ts).
// Keys: 'b' ‖ hash = block, 'x' ‖ hash = body, 'h' ‖ u32 = canonical hash, 'k' ‖ u32 ‖ hash = every block of a height,
// 'q' ‖ hash = justification, 'B' = best, 'F' = finalized, 'P' = height up to which states are pruned, 'V' = last vote
// of an earlier version, 'S' = digest of the chain specification, 'G' = record of the GRANDPA voter, 'A' = last authored slot,
// 'W' = import of a state under way, 'w' = its proofs, 'E' = lowest block of the history that is being fetched,
// 'O' = height below which blocks are deleted,
// 'N' ‖ u64 = height of the final block that announced the voter set of this number.
import { header as headerCodec } from '@cess/chain-primitives';
import { bytes, fixedBytes, option, type Static, struct, u32, u64, vec, versionedRecord } from '@cess/codec';
import { CessError, concatBytes, prefixEnd, present, toHex, utf8 } from '@cess/primitives';
import type { Kv, KvOperation } from '@cess/store';

/** A stored header with the data that the next block needs. */
const blockRecord = versionedRecord({
  name: 'block',
  version: 1,
  codec: struct({
    header: headerCodec,
    /** Beacon after this block. */
    beacon: fixedBytes(64),
    /** Absent in the genesis block. */
    slot: option(u64),
  }),
});
export type BlockRecord = Static<typeof blockRecord>;

const bodyCodec = vec(bytes());
const pointerRecord = versionedRecord({
  name: 'block pointer',
  version: 1,
  codec: struct({ number: u32, hash: fixedBytes(32) }),
});
/** A block by number and hash. */
export type BlockPointer = Static<typeof pointerRecord>;

/** The last vote of an earlier version, whose one authority voted in the round of the block's number. Read alone. */
const voteRecord = versionedRecord({
  name: 'vote',
  version: 1,
  codec: struct({ round: u64, set_id: u64, number: u32, hash: fixedBytes(32) }),
});
const prunedRecord = versionedRecord({ name: 'pruned height', version: 1, codec: u32 });
type VoteRecord = Static<typeof voteRecord>;
const authoredRecord = versionedRecord({ name: 'authored slot', version: 1, codec: u64 });
const setChangeRecord = versionedRecord({ name: 'set change', version: 1, codec: u32 });
/** A final block that announced the set of voters with this number. */
export interface SetChangeRecord {
  readonly setId: bigint;
  readonly number: number;
}
const specRecord = versionedRecord({ name: 'specification digest', version: 1, codec: fixedBytes(32) });

const [blockTag, bodyTag, canonTag, heightTag, justificationTag, setTag] = ['b', 'x', 'h', 'k', 'q', 'N'].map(utf8) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const maxNumber = 0xffff_ffff;
const bestKey = utf8('B');
const finalizedKey = utf8('F');
const prunedKey = utf8('P');
const voteKey = utf8('V');
const specKey = utf8('S');
const voterKey = utf8('G');
const authoredKey = utf8('A');
const stateImportKey = utf8('W');
const importProofsKey = utf8('w');
const historyKey = utf8('E');
const oldestKey = utf8('O');

/**
 * Tables of format 1, whose records the upgrade gives a version. Bodies and justifications are bytes that consensus
 * defines; the digest of the specification is younger than format 2.
 */
export const blockRecordTables: readonly Uint8Array[] = [blockTag, bestKey, finalizedKey, prunedKey, voteKey];

/** Maximum blocks examined per height. */
const maxForks = 1024;

export class BlockStore {
  readonly #kv: Kv;

  constructor(kv: Kv) {
    this.#kv = kv;
  }

  block(hash: Uint8Array): BlockRecord | undefined {
    return decodeWith(blockRecord, this.#kv.get(concatBytes(blockTag, hash)));
  }

  requireBlock(hash: Uint8Array): BlockRecord {
    const record = this.block(hash);
    if (record) return record;
    throw new CessError('BLOCK_UNKNOWN', 'This block is not known.', { hash: toHex(hash) });
  }

  /** Encoded extrinsics in order. */
  body(hash: Uint8Array): readonly Uint8Array[] | undefined {
    return decodeWith(bodyCodec, this.#kv.get(concatBytes(bodyTag, hash)));
  }

  justification(hash: Uint8Array): Uint8Array | undefined {
    return this.#kv.get(concatBytes(justificationTag, hash));
  }

  /** Hash of the block of this height on the best chain. */
  canonicalHash(number: number): Uint8Array | undefined {
    return number > maxNumber ? undefined : this.#kv.get(concatBytes(canonTag, u32Key(number)));
  }

  best(): BlockPointer | undefined {
    return decodeWith(pointerRecord, this.#kv.get(bestKey));
  }

  finalized(): BlockPointer | undefined {
    return decodeWith(pointerRecord, this.#kv.get(finalizedKey));
  }

  /** States below this height are pruned. */
  prunedTo(): number {
    return decodeWith(prunedRecord, this.#kv.get(prunedKey)) ?? 0;
  }

  /** The last vote that an earlier version cast without a record of the voter. */
  earlierVote(): VoteRecord | undefined {
    return decodeWith(voteRecord, this.#kv.get(voteKey));
  }

  /** Slot of the last block that this node authored. */
  authoredSlot(): bigint | undefined {
    return decodeWith(authoredRecord, this.#kv.get(authoredKey));
  }

  /** What the voter of this node must not forget (GR-80). */
  voterRecord(): Uint8Array | undefined {
    return this.#kv.get(voterKey);
  }

  /** The import of a state that is under way (state-import.ts). */
  stateImport(): Uint8Array | undefined {
    return this.#kv.get(stateImportKey);
  }

  /** The finality proofs of that import. */
  stateImportProofs(): Uint8Array | undefined {
    return this.#kv.get(importProofsKey);
  }

  /** The block whose body, and all below, are still to be fetched; undefined where nothing is missing, or nothing wanted. */
  historyEnd(): BlockPointer | undefined {
    return decodeWith(pointerRecord, this.#kv.get(historyKey));
  }

  /** Blocks of heights from 1 up to this one are deleted, but the headers of changes of the set of voters. */
  blocksPrunedTo(): number {
    return decodeWith(prunedRecord, this.#kv.get(oldestKey)) ?? 1;
  }

  /** Digest of the specification that the chain was made from; absent in a chain of version 0.1. */
  specDigest(): Uint8Array | undefined {
    return decodeWith(specRecord, this.#kv.get(specKey));
  }

  /** The last change of the set of voters that is final; undefined while the set of the genesis votes. */
  lastSetChange(): SetChangeRecord | undefined {
    return this.setChangeBelow(maxNumber);
  }

  /** The last change of the set of voters in a final block below this height. */
  setChangeBelow(number: number): SetChangeRecord | undefined {
    for (const change of this.#setChanges(0n, true)) if (change.number < number) return change;
    return undefined;
  }

  /** The changes to this set of voters and to later ones, ascending. */
  setChangesFrom(setId: bigint): IterableIterator<SetChangeRecord> {
    return this.#setChanges(setId, false);
  }

  *#setChanges(from: bigint, reverse: boolean): Generator<SetChangeRecord> {
    const range = { gte: concatBytes(setTag, u64Key(from)), lt: present(prefixEnd(setTag), 'an end'), reverse };
    for (const [key, value] of this.#kv.entries(range)) {
      const setId = new DataView(key.buffer, key.byteOffset + setTag.length, 8).getBigUint64(0);
      yield { setId, number: setChangeRecord.decode(value) };
    }
  }

  /** The known blocks of a height, forks included. */
  hashesAt(number: number): Uint8Array[] {
    const prefix = concatBytes(heightTag, u32Key(number));
    const end = prefixEnd(prefix);
    const range = { gte: prefix, ...(end ? { lt: end } : {}) };
    return Array.from(this.#kv.entries({ ...range, limit: maxForks }), ([key]) => key.slice(prefix.length));
  }
}

export function putBlock(hash: Uint8Array, record: BlockRecord, body: readonly Uint8Array[]): KvOperation[] {
  return [...putHeader(hash, record), putBody(hash, body)];
}

/** A block whose body is not known. */
export function putHeader(hash: Uint8Array, record: BlockRecord): KvOperation[] {
  return [
    { type: 'put', key: concatBytes(blockTag, hash), value: blockRecord.encode(record) },
    { type: 'put', key: concatBytes(heightTag, u32Key(record.header.number), hash), value: new Uint8Array(0) },
  ];
}

export function putBody(hash: Uint8Array, body: readonly Uint8Array[]): KvOperation {
  return { type: 'put', key: concatBytes(bodyTag, hash), value: bodyCodec.encode(body) };
}

export function putJustification(hash: Uint8Array, justification: Uint8Array): KvOperation {
  return { type: 'put', key: concatBytes(justificationTag, hash), value: justification };
}

export function putStateImport(encoded: Uint8Array): KvOperation {
  return { type: 'put', key: stateImportKey, value: encoded };
}

export function putStateImportProofs(encoded: Uint8Array): KvOperation {
  return { type: 'put', key: importProofsKey, value: encoded };
}

export const deleteStateImport: readonly KvOperation[] = [
  { type: 'delete', key: stateImportKey },
  { type: 'delete', key: importProofsKey },
];

/** `undefined`: nothing is missing any more. */
export function putHistoryEnd(end: BlockPointer | undefined): KvOperation {
  return end === undefined
    ? { type: 'delete', key: historyKey }
    : { type: 'put', key: historyKey, value: pointerRecord.encode(end) };
}

export function deleteBlock(hash: Uint8Array, number: number): KvOperation[] {
  return [
    { type: 'delete', key: concatBytes(blockTag, hash) },
    { type: 'delete', key: concatBytes(bodyTag, hash) },
    { type: 'delete', key: concatBytes(heightTag, u32Key(number), hash) },
  ];
}

export function putCanonical(number: number, hash: Uint8Array): KvOperation {
  return { type: 'put', key: concatBytes(canonTag, u32Key(number)), value: hash };
}

export function deleteCanonical(number: number): KvOperation {
  return { type: 'delete', key: concatBytes(canonTag, u32Key(number)) };
}

export function putBest(pointer: BlockPointer): KvOperation {
  return { type: 'put', key: bestKey, value: pointerRecord.encode(pointer) };
}

export function putFinalized(pointer: BlockPointer, justification: Uint8Array | undefined): KvOperation[] {
  const operations: KvOperation[] = [{ type: 'put', key: finalizedKey, value: pointerRecord.encode(pointer) }];
  if (justification) {
    operations.push({ type: 'put', key: concatBytes(justificationTag, pointer.hash), value: justification });
  }
  return operations;
}

export function putPrunedTo(number: number): KvOperation {
  return { type: 'put', key: prunedKey, value: prunedRecord.encode(number) };
}

export function putBlocksPrunedTo(number: number): KvOperation {
  return { type: 'put', key: oldestKey, value: prunedRecord.encode(number) };
}

/** Drops a final block of the chain; with `keepsHeader` its body alone. */
export function pruneBlock(hash: Uint8Array, number: number, keepsHeader: boolean): KvOperation[] {
  const body: KvOperation = { type: 'delete', key: concatBytes(bodyTag, hash) };
  if (keepsHeader) return [body];
  return [
    ...deleteBlock(hash, number),
    deleteCanonical(number),
    { type: 'delete', key: concatBytes(justificationTag, hash) },
  ];
}

export function putAuthoredSlot(slot: bigint): KvOperation {
  return { type: 'put', key: authoredKey, value: authoredRecord.encode(slot) };
}

export function putVoterRecord(record: Uint8Array): KvOperation {
  return { type: 'put', key: voterKey, value: record };
}

export function putSetChange({ setId, number }: SetChangeRecord): KvOperation {
  return { type: 'put', key: concatBytes(setTag, u64Key(setId)), value: setChangeRecord.encode(number) };
}

export function putSpecDigest(digest: Uint8Array): KvOperation {
  return { type: 'put', key: specKey, value: specRecord.encode(digest) };
}

function u64Key(number: bigint): Uint8Array {
  const key = new Uint8Array(8);
  new DataView(key.buffer).setBigUint64(0, number);
  return key;
}

function u32Key(number: number): Uint8Array {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, number);
  return key;
}

function decodeWith<T>(codec: { decode(bytes: Uint8Array): T }, value: Uint8Array | undefined): T | undefined {
  return value && codec.decode(value);
}
