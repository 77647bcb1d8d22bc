// The chain as a recovery reads it. Anchors are proven against a finalized header: a node that hides the newest or invents one is found
// out. Records of files need no proof: ids commit to them.
import { type AuthoritySet, type ChainClient, query } from '@cess/client';
import { LightClient, type ProvenState } from '@cess/client/light';
import {
  type DeclaredFile,
  type IndexAnchor,
  ownerOfLogName,
  type RecordedFile,
  type RecordedSegment,
  type RecoveryChain,
} from '@cess/index-export';
import { equalBytes, fromUtf8, isCessError, present } from '@cess/primitives';
import { recoveryProofInvalid } from '../errors.js';

const { FileBank, Anchors } = query;

export class ChainSource implements RecoveryChain {
  readonly #light: LightClient;

  constructor(
    private readonly client: ChainClient,
    /** Who finalizes: from the chain specification. */
    authorities: AuthoritySet,
  ) {
    // A gateway is recovered from a chain that stands, too.
    this.#light = new LightClient({
      node: client,
      trust: { genesisHash: client.genesisHash, authorities },
      maxAgeMs: undefined,
    });
  }

  get genesis(): Uint8Array {
    return this.client.genesisHash;
  }

  /** Throws `RECOVERY_PROOF_INVALID`. */
  async anchors(): Promise<readonly IndexAnchor[]> {
    const { client } = this;
    const state = await this.#provenState();
    const at = state.block.hash;
    const names: (readonly [gateway: Uint8Array, log: Uint8Array])[] = [];
    for await (const [[account, log]] of client.entries(Anchors.Anchors, [], at)) {
      if (ownerOfLogName(log) !== undefined) names.push([account, log]);
    }
    const anchors: IndexAnchor[] = [];
    for (const [gateway, log] of names) {
      const info = await state.entry(Anchors.Anchors, [gateway, log]).catch(refuseProof);
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

  async #provenState(): Promise<ProvenState> {
    await this.#light.sync().catch(refuseProof);
    return this.#light.state();
  }
}

/** What the node answered is no proof; failures of the connection stay what they are. */
function refuseProof(error: unknown): never {
  if (!isCessError(error) || error.code.startsWith('RPC_')) throw error;
  throw recoveryProofInvalid(error.message);
}
