// The chain's record of a file: what the chain knows of its segments and fragments, their holders, tags and last proofs.
import { CessError, toHex } from '@cess/primitives';
import { type FileInfo, type FragmentInfo, query, type TagInfo } from '@cess/runtime/declarations';
import type { ReadValues } from './audit.js';

/** What the chain records of a fragment of a segment. */
export interface FragmentRecord {
  readonly index: number;
  readonly root: Uint8Array;
  readonly holder: number | undefined;
  /** Block in which it was tagged; undefined while untagged. */
  readonly taggedAt: number | undefined;
  /** Opening block of the last audit round that its holder passed; undefined before the first. */
  readonly provenAt: number | undefined;
  /** Number of restorals. */
  readonly restored: number;
}

/** What the chain records of a segment of a file. */
export interface SegmentRecord {
  readonly index: number;
  readonly k: number;
  readonly n: number;
  readonly ciphertextLength: number;
  readonly fragmentLength: number;
  readonly root: Uint8Array;
  readonly fragments: readonly FragmentRecord[];
}

/** What the chain records of a file. */
export interface FileRecord {
  readonly id: Uint8Array;
  readonly info: FileInfo;
  readonly segments: readonly SegmentRecord[];
  /** The finalized block of this state. */
  readonly blockHash: Uint8Array;
  readonly blockNumber: number;
}

/** The last passed rounds of registries, each looked up once. */
export class PassedRounds {
  readonly #known = new Map<string, number | undefined>();

  constructor(private readonly read: ReadValues) {}

  async of(holder: number, keyId: Uint8Array): Promise<number | undefined> {
    const name = `${holder}/${toHex(keyId)}`;
    if (!this.#known.has(name)) {
      const [value] = await this.read([query.Audit.Registries.key(holder, keyId)]);
      this.#known.set(name, query.Audit.Registries.decodeValue(value)?.passed_at);
    }
    return this.#known.get(name);
  }
}

export async function fragmentRecord(
  index: number,
  { root, holder, restored }: FragmentInfo,
  tag: TagInfo | undefined,
  passes: PassedRounds,
): Promise<FragmentRecord> {
  const taggedAt = tag?.tagged_at;
  const passedAt = tag === undefined || holder === undefined ? undefined : await passes.of(holder, tag.key_id);
  const provenAt = passedAt !== undefined && taggedAt !== undefined && passedAt >= taggedAt ? passedAt : undefined;
  return { index, root, holder, taggedAt, provenAt, restored };
}

export function fileNotOnChain(id: Uint8Array): CessError {
  return new CessError(
    'FILE_NOT_ON_CHAIN',
    `The finalized chain has no file 0x${toHex(id)} (it may have been stored a moment ago, or deleted).`,
  );
}
