// The state of a final block that a new node takes from others instead of executing the chain (docs/protocol/sync.md §5, ADR 87). The voters that
// proved the block are followed from the genesis by proof; the state is taken by ranges, each of which its root proves. Progress is
// durable: a node that is killed goes on where it was. Until the state is whole, the chain is at its genesis.
import { findR2sPreDigest, type Header } from '@cess/chain-primitives';
import { bool, bytes, fixedBytes, option, type Static, safeInteger, struct, vec, versionedRecord } from '@cess/codec';
import {
  type AuthoritySet,
  type FinalityProof,
  finalityProofCodec,
  followAuthoritySet,
  headerHash,
  justificationCodec,
} from '@cess/consensus';
import { CessError, equalBytes, invariant, present } from '@cess/primitives';
import { query } from '@cess/runtime';
import { emptyRoot, readRange, type StateStore, type TrieRoot } from '@cess/state';
import type { KvOperation } from '@cess/store';
import type { ChainSpec } from '../chain-spec.js';
import { announcesSet } from './authority-sets.js';
import {
  type BlockPointer,
  type BlockStore,
  deleteStateImport,
  putBest,
  putBlocksPrunedTo,
  putCanonical,
  putFinalized,
  putHeader,
  putHistoryEnd,
  putJustification,
  putPrunedTo,
  putSetChange,
  putStateImport,
  putStateImportProofs,
} from './block-store.js';
import { authoritiesOf } from './genesis.js';
import { readOnly } from './seats.js';

/** What is under way. */
export interface StateImportProgress {
  readonly target: BlockPointer;
  /** Last key that the node has; undefined before the first. */
  readonly after: Uint8Array | undefined;
  readonly entries: number;
}

const importRecord = versionedRecord({
  name: 'state import',
  version: 1,
  codec: struct({
    root: struct({ hash: fixedBytes(32), id: safeInteger }),
    after: option(bytes()),
    entries: safeInteger,
    keeps_history: bool,
  }),
});
type ImportRecord = Static<typeof importRecord>;

/** Changes of the set of voters, and behind them the final block. Apart, because each range replaces the other record. */
const proofsRecord = versionedRecord({ name: 'proofs of a state import', version: 1, codec: vec(bytes()) });

export interface StateImportParts {
  readonly spec: ChainSpec;
  readonly blocks: BlockStore;
  readonly state: StateStore;
  readonly genesisHash: Uint8Array;
  readonly write: (blockOperations: readonly KvOperation[], stateOperations: readonly KvOperation[]) => Promise<void>;
}

export class StateImport {
  readonly #parts: StateImportParts;
  /** Of the import under way. */
  #links: FinalityProof['links'] | undefined;

  constructor(parts: StateImportParts) {
    this.#parts = parts;
  }

  /** Undefined where none is under way. */
  progress(): StateImportProgress | undefined {
    const record = this.#record();
    if (record === undefined) return undefined;
    const { header } = this.#target();
    return {
      target: { number: header.number, hash: headerHash(header) },
      after: record.after,
      entries: record.entries,
    };
  }

  /**
   * Begins with the last block that the proofs, one after the other, make final; an import under way is given up. With `keepsHistory` the blocks below
   * are to be fetched afterwards. Throws `FINALITY_PROOF_INVALID`, `STATE_IMPORT_TOO_LATE` for a chain that has blocks.
   */
  async begin(proofs: readonly Uint8Array[], keepsHistory: boolean): Promise<StateImportProgress> {
    const { blocks, write } = this.#parts;
    if (present(blocks.best(), 'the best block').number > 0) {
      throw new CessError('STATE_IMPORT_TOO_LATE', 'A state is imported into a chain without blocks only.');
    }
    let set = this.#genesisSet();
    let height = 0;
    for (const proof of proofs.map((each) => finalityProofCodec.decode(each))) {
      const followed = followAuthoritySet(proof, set);
      if (!followed.ok) throw followed.error;
      const [first] = proof.links;
      if (first === undefined || first.header.number <= height) throw outOfOrder();
      set = followed.value.set;
      height = present(followed.value.finalized, 'the block of a link').number;
    }
    if (height === 0) throw outOfOrder();
    this.#links = undefined;
    const record: ImportRecord = {
      ...{ root: emptyRoot, after: undefined, entries: 0, keeps_history: keepsHistory },
    };
    await this.drop();
    await write(
      [putStateImportProofs(proofsRecord.encode([...proofs])), putStateImport(importRecord.encode(record))],
      [],
    );
    return present(this.progress(), 'the import that has begun');
  }

  /**
   * Adds the next range. True when the state is whole and the target is the best and the final block. Throws `PROOF_INCOMPLETE` and
   * `TRIE_NODE_MALFORMED` for items that prove nothing new, `STATE_IMPORT_NONE`.
   */
  async add(items: readonly Uint8Array[]): Promise<boolean> {
    const { state, write } = this.#parts;
    const record = this.#record();
    if (record === undefined) throw new CessError('STATE_IMPORT_NONE', 'No import of a state is under way.');
    const { header } = this.#target();
    const range = readRange(header.state_root, items, record.after);
    if (!range.ok) throw range.error;
    const { entries, isLast } = range.value;
    const { root, operations } = state.extend(record.root, entries);
    const next: ImportRecord = {
      ...record,
      ...{ root, after: entries.at(-1)?.[0] ?? record.after, entries: record.entries + entries.length },
    };
    await write([putStateImport(importRecord.encode(next))], operations);
    if (!isLast) return false;
    invariant(equalBytes(root.hash, header.state_root), 'ranges that a root proves are its state');
    await this.#finish(next, root);
    return true;
  }

  /** Gives up the import that is under way, if there is one, and drops what a killed node left of an earlier one. */
  async drop(): Promise<undefined> {
    const { state, genesisHash, write } = this.#parts;
    if (this.#record() !== undefined) await write(deleteStateImport, []);
    this.#links = undefined;
    for (const operations of state.dropImported(genesisHash)) await write([], operations);
    return undefined;
  }

  /** One batch: before it the chain is at its genesis, after it at the target. */
  async #finish(record: ImportRecord, root: TrieRoot): Promise<void> {
    const { state, genesisHash, write } = this.#parts;
    const links = this.#linksOf();
    const { header, justification } = this.#target();
    const target: BlockPointer = { number: header.number, hash: headerHash(header) };
    const beacon = query.Randomness.Beacon.get({ ext: readOnly(state, root) });
    let { setId } = this.#genesisSet();
    const operations: KvOperation[] = [];
    for (const link of links) {
      const hash = headerHash(link.header);
      // Only on the target other blocks are built.
      const isTarget = link.header === header;
      operations.push(
        ...putHeader(hash, {
          header: link.header,
          beacon: isTarget ? beacon : unknownBeacon,
          slot: slotOf(link.header),
        }),
      );
      operations.push(putCanonical(link.header.number, hash));
      operations.push(putJustification(hash, justificationCodec.encode(link.justification)));
      if (announcesSet(link.header)) operations.push(putSetChange({ setId: ++setId, number: link.header.number }));
    }
    operations.push(
      putBest(target),
      ...putFinalized(target, justificationCodec.encode(justification)),
      putPrunedTo(target.number),
      ...deleteStateImport,
      record.keeps_history ? putHistoryEnd(target) : putBlocksPrunedTo(target.number),
    );
    await write(operations, [...state.discard(genesisHash), ...state.adopt(root, target.hash)]);
    this.#links = undefined;
  }

  #record(): ImportRecord | undefined {
    const encoded = this.#parts.blocks.stateImport();
    return encoded && importRecord.decode(encoded);
  }

  #linksOf(): FinalityProof['links'] {
    if (this.#links === undefined) {
      const proofs = proofsRecord.decode(present(this.#parts.blocks.stateImportProofs(), 'the proofs of an import'));
      this.#links = proofs.flatMap((proof) => finalityProofCodec.decode(proof).links);
    }
    return this.#links;
  }

  #target(): FinalityProof['links'][number] {
    return present(this.#linksOf().at(-1), 'a proof has links');
  }

  #genesisSet(): AuthoritySet {
    return { setId: 0n, authorities: authoritiesOf(this.#parts.spec) };
  }
}

/** Of blocks on which nothing is built any more. */
export const unknownBeacon: Uint8Array = new Uint8Array(64);

function outOfOrder(): CessError<'FINALITY_PROOF_INVALID'> {
  const message = 'The parts of a finality proof do not follow each other.';
  return new CessError('FINALITY_PROOF_INVALID', message, { link: 0, reason: 'order' });
}

function slotOf({ digest }: Header): bigint | undefined {
  return findR2sPreDigest(digest.logs)?.slot;
}
