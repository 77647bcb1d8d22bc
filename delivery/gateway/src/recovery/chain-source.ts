// The chain as a recovery reads it. Anchors are proven against a finalized header: a node that hides the newest or invents one is found
// out. Records of files need no proof: ids commit to them.
import { type AuthoritySet, type ChainClient, followVoters, query, verifyStorageAgainstFinality } from '@cess/client';
import {
  type DeclaredFile,
  type IndexAnchor,
  ownerOfLogName,
  type RecordedFile,
  type RecordedSegment,
  type RecoveryChain,
} from '@cess/index-export';
import { equalBytes, fromUtf8, present } from '@cess/primitives';
import { recoveryProofInvalid } from '../errors.js';

const { FileBank, Anchors } = query;

export class ChainSource implements RecoveryChain {
  constructor(
    private readonly client: ChainClient,
    /** Who finalizes: from the chain specification, and then as the set changes. */
    private authorities: AuthoritySet,
  ) {}

  get genesis(): Uint8Array {
    return this.client.genesisHash;
  }

  async anchors(): Promise<readonly IndexAnchor[]> {
    const { client } = this;
    const at = await client.finalizedHash();
    const names: (readonly [gateway: Uint8Array, log: Uint8Array])[] = [];
    for await (const [[account, log]] of client.entries(Anchors.Anchors, [], at)) {
      if (ownerOfLogName(log) !== undefined) names.push([account, log]);
    }
    const anchors: IndexAnchor[] = [];
    for (const [gateway, log] of names) {
      const info = Anchors.Anchors.decodeValue(await this.#prove(Anchors.Anchors.key(gateway, log), at));
      const owner = ownerOfLogName(log);
      if (info === undefined || owner === undefined) continue;
      anchors.push({ gateway, owner, number: Number(info.sequence), head: info.root });
    }
    return anchors;
  }

  async fileRecord(fileId: Uint8Array): Promise<RecordedFile | undefined> {
    const { client } = this;
    const at = await client.finalizedHash();
    const info = await client.entry(FileBank.Files, [fileId], at);
    if (info === undefined) return undefined;
    const segments: RecordedSegment[] = [];
    for (let index = 0; index < info.segment_count; index++) segments.push(await this.#segment(fileId, index, at));
    const { owner, territory, order_id: orderId, gateway, stored_bytes: storedBytes } = info;
    return { owner, territory: fromUtf8(territory), orderId, gateway, storedBytes: Number(storedBytes), segments };
  }

  /** Files that a gateway declared. Reads the records of the whole network. */
  async *filesOf(gateway: Uint8Array): AsyncGenerator<DeclaredFile> {
    const at = await this.client.finalizedHash();
    for await (const [[fileId], info] of this.client.entries(FileBank.Files, [], at)) {
      if (!equalBytes(info.gateway, gateway)) continue;
      const { owner, order_id: orderId, stored_bytes: storedBytes } = info;
      yield { fileId, owner, orderId, storedBytes: Number(storedBytes) };
    }
  }

  async #segment(fileId: Uint8Array, index: number, at: Uint8Array): Promise<RecordedSegment> {
    const { client } = this;
    const segment = present(await client.entry(FileBank.Segments, [fileId, index], at), 'the segment of a file');
    const keys = Array.from({ length: segment.n }, (_, fragment) => FileBank.Fragments.key(fileId, index, fragment));
    const values = await client.values(keys, at);
    return {
      k: segment.k,
      ciphertextLength: segment.ciphertext_length,
      fragmentLength: segment.fragment_length,
      fragments: values.map((value) => {
        const { root, holder } = present(FileBank.Fragments.decodeValue(value), 'the fragment of a file');
        return { root, holder };
      }),
    };
  }

  /** Throws `RECOVERY_PROOF_INVALID`. */
  async #prove(key: Uint8Array, at: Uint8Array): Promise<Uint8Array | undefined> {
    const { client } = this;
    this.authorities = await followVoters(client, this.authorities);
    const { authorities } = this;
    const { justification, header } = await client.block(at);
    if (justification === undefined) throw recoveryProofInvalid('the node gives no finality proof');
    const proof = await client.readProof([key], at);
    const proven = verifyStorageAgainstFinality({ key, proof, header, justification, authorities });
    if (!proven.ok) throw recoveryProofInvalid(proven.error.message);
    return proven.value.type === 'present' ? proven.value.value : undefined;
  }
}
