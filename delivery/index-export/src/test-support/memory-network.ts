// A chain and providers in memory, as far as an export and its recovery see them.
import { ErasureCoder, encodeSegment } from '@cess/erasure';
import type { NewPack } from '@cess/object-index';
import { toHex } from '@cess/primitives';
import { FragmentHasher } from '@cess/sealing';
import { fileId, segmentRoot } from '@cess/types';
import { exportUnreachable } from '../errors.js';
import type { FragmentSource, IndexAnchor, RecordedFile, RecoveryChain } from '../recovery/recovery-ports.js';

const code = { k: 2, n: 4 };
export const genesis = new Uint8Array(32).fill(7);
export const gateway = new Uint8Array(32).fill(8);

export class MemoryNetwork implements RecoveryChain, FragmentSource {
  readonly genesis = genesis;
  readonly files = new Map<string, RecordedFile>();
  readonly fragments = new Map<string, Uint8Array>();
  /** Holders that do not answer. */
  readonly dead = new Set<number>();
  #orders = 0;

  /** Stores and declares a file of one segment. */
  store(owner: Uint8Array, content: Uint8Array): NewPack {
    const orderId = new Uint8Array(32);
    new DataView(orderId.buffer).setUint32(0, ++this.#orders, false);
    const coded = encodeSegment(new ErasureCoder(code), content);
    const fragments = coded.map((bytes, holder) => {
      const hasher = new FragmentHasher();
      hasher.update(bytes);
      const { root } = hasher.finish();
      this.fragments.set(toHex(root), bytes);
      return { root, holder };
    });
    const ciphertextLength = content.length;
    const fragmentLength = coded[0]?.length ?? 0;
    const fragmentRoots = fragments.map(({ root }) => root);
    const segmentRoots = [segmentRoot({ k: code.k, ciphertextLength, fragmentRoots })];
    const packId = fileId({ genesis, owner, orderId, segmentRoots });
    const storedBytes = fragmentLength * code.n;
    const segments = [{ k: code.k, ciphertextLength, fragmentLength, fragments }];
    this.files.set(toHex(packId), { owner, territory: 'default', orderId, gateway, storedBytes, segments });
    return {
      packId,
      file: {
        owner,
        territory: 'default',
        orderId,
        streamId: new Uint8Array(0),
        plaintextLength: ciphertextLength,
        ciphertextLength,
        storedBytes,
        segmentCount: 1,
        createdAtMs: 1,
      },
      segments: [
        {
          k: code.k,
          ciphertextLength,
          fragments: fragments.map((one) => ({ ...one, shardHashes: new Uint8Array(32), attested: true })),
        },
      ],
    };
  }

  async anchors(): Promise<readonly IndexAnchor[]> {
    return [];
  }

  async fileRecord(id: Uint8Array): Promise<RecordedFile | undefined> {
    return this.files.get(toHex(id));
  }

  async read(holder: number, root: Uint8Array, length: number): Promise<Uint8Array> {
    const bytes = this.fragments.get(toHex(root));
    if (bytes === undefined || this.dead.has(holder)) throw exportUnreachable(0, 1);
    return bytes.slice(0, length);
  }
}
