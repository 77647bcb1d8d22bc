// What the chain records of the files of an object and of all that hold, tag and prove them. The gateway reads these facts from a
// node, a verifier from a state proof; the code is the same, so that both arrive at the same text.
import { type FragmentInfo, query } from '@cess/client';
import { CessError, equalBytes, fromHex, toHex0x, utf8OrEmpty } from '@cess/primitives';
import { fileId, segmentRoot } from '@cess/types';
import { AuditFacts, type ProviderFact, type RoundFact, type TagKeyFact } from './audit-facts.js';
import { type ByteRange, ciphertextRanges, touchedSegments } from './extents.js';
import { factMissing, type ReadState, recordOf, safeNumber } from './read-state.js';
import type { ReceiptExtent, ReceiptStatement } from './statement.js';

/** A fragment: where it is, its tag, and its repair. */
export interface FragmentFact {
  readonly root: string;
  /** Index of the provider that holds it; null while nobody does. */
  readonly provider: number | null;
  /** Block since which that is so. */
  readonly since: number;
  /** How often it was restored. */
  readonly restored: number;
  readonly tag: { readonly key: string; readonly slot: number; readonly taggedAt: number } | null;
  /** The open order to restore it. */
  readonly restoral: { readonly reason: string; readonly openedAt: number; readonly claimedBy: number | null } | null;
}

/** A segment of a file: any `k` of its `n` fragments restore it. */
export interface SegmentFact {
  readonly k: number;
  readonly n: number;
  readonly ciphertextLength: number;
  readonly fragmentLength: number;
  readonly root: string;
  /** Empty for segments without bytes of the object. */
  readonly fragments: readonly FragmentFact[];
}

/** A file as the chain records it. Ids, roots and accounts are hexadecimal. */
export interface FileFact {
  readonly id: string;
  readonly owner: string;
  /** Whether the owner authorises the gateway that signed the receipt. */
  readonly authorizesGateway: boolean;
  readonly territory: string;
  readonly orderId: string;
  readonly declaredBy: string;
  readonly declaredAt: number;
  readonly state: string;
  /** Bytes of ciphertext. */
  readonly size: number;
  readonly storedBytes: number;
  readonly segments: readonly SegmentFact[];
}

/** What the chain records of the files of an object, at one block. */
export interface ChainFacts {
  /** Of the block, in Unix milliseconds. */
  readonly timeMs: number;
  readonly gateway: { readonly nodeKey: string; readonly endpoint: string; readonly domain: string };
  readonly files: readonly FileFact[];
  readonly providers: readonly ProviderFact[];
  readonly tagKeys: readonly TagKeyFact[];
  readonly rounds: readonly RoundFact[];
}

export interface WantedFacts {
  readonly genesis: Uint8Array;
  readonly gateway: Uint8Array;
  readonly files: readonly { readonly id: Uint8Array; readonly ranges: readonly ByteRange[] }[];
}

/** The facts that a statement needs. Throws `OBJECT_RECEIPT_STATEMENT_INVALID`. */
export function wantedFacts({ genesis, gateway, files, extents }: ReceiptStatement): WantedFacts {
  const byFile = new Map<string, ReceiptExtent[]>(files.map(({ id }) => [id, []]));
  for (const extent of extents) byFile.get(extent.file)?.push(extent);
  return {
    genesis: fromHex(genesis),
    gateway: fromHex(gateway),
    files: files.map((file) => ({ id: fromHex(file.id), ranges: ciphertextRanges(file, byFile.get(file.id) ?? []) })),
  };
}

/** Fragments of one receipt: segments of about 10 GiB of an object in 4 + 8. */
const maxFragments = 4096;
/** Segments of one receipt, those without bytes of the object included. */
export const maxReceiptSegments = 4096;

/** Throws `OBJECT_RECEIPT_FACT_MISSING`, `OBJECT_RECEIPT_STATEMENT_INVALID`, `OBJECT_RECEIPT_TOO_LARGE`, and what `read` throws. */
export async function readFacts(read: ReadState, wanted: WantedFacts): Promise<ChainFacts> {
  const { BlockHash } = query.System;
  const { Now } = query.Timestamp;
  const { Oss } = query.Oss;
  const [genesis, now, oss] = await read([BlockHash.key(0), Now.key(), Oss.key(wanted.gateway)]);
  if (!equalBytes(BlockHash.decodeValue(genesis), wanted.genesis)) throw factMissing('genesis block of this hash');
  const gateway = recordOf(Oss.decodeValue(oss), `gateway ${toHex0x(wanted.gateway)}`);
  const reader = new FileReader(read, wanted);
  const files: FileFact[] = [];
  for (const file of wanted.files) files.push(await reader.file(file));
  return {
    timeMs: safeNumber(Now.decodeValue(now)),
    gateway: {
      nodeKey: toHex0x(gateway.node_key),
      endpoint: utf8OrEmpty(gateway.endpoint),
      domain: utf8OrEmpty(gateway.domain),
    },
    files,
    ...(await reader.audit.read()),
  };
}

type WantedFile = WantedFacts['files'][number];

class FileReader {
  readonly audit: AuditFacts;
  #segments = 0;
  #fragments = 0;

  constructor(
    private readonly read: ReadState,
    private readonly wanted: WantedFacts,
  ) {
    this.audit = new AuditFacts(read);
  }

  async file({ id, ranges }: WantedFile): Promise<FileFact> {
    const { Files, Segments } = query.FileBank;
    const { AuthorityList } = query.Oss;
    const [infoBytes] = await this.read([Files.key(id)]);
    const info = recordOf(Files.decodeValue(infoBytes), `file ${toHex0x(id)}`);
    this.#segments += info.segment_count;
    if (this.#segments > maxReceiptSegments) throw tooLarge('segments', maxReceiptSegments);
    const indices = Array.from({ length: info.segment_count }, (_, index) => index);
    const [authorities, ...values] = await this.read([
      AuthorityList.key(info.owner),
      ...indices.map((index) => Segments.key(id, index)),
    ]);
    const records = indices.map((index) =>
      recordOf(Segments.decodeValue(values[index]), `segment ${index} of file ${toHex0x(id)}`),
    );
    const lengths = records.map(({ ciphertext_length: length }) => length);
    const touched = touchedSegments(lengths, ranges);
    const segments: SegmentFact[] = [];
    for (const [index, { k, n, ciphertext_length, fragment_length, root }] of records.entries()) {
      const fragments = touched.has(index) ? await this.#fragmentsOf(id, index, n) : [];
      const shape = { k, n, ciphertextLength: ciphertext_length, fragmentLength: fragment_length };
      segments.push({ ...shape, root: toHex0x(root), fragments });
    }
    const { genesis, gateway } = this.wanted;
    checkRoots(segments);
    const segmentRoots = records.map(({ root }) => root);
    const recomputed = fileId({ genesis, owner: info.owner, orderId: info.order_id, segmentRoots });
    if (!equalBytes(recomputed, id)) throw factMissing('file whose id is that of its content');
    return {
      id: toHex0x(id),
      owner: toHex0x(info.owner),
      authorizesGateway: AuthorityList.decodeValue(authorities).some((account) => equalBytes(account, gateway)),
      territory: utf8OrEmpty(info.territory),
      orderId: toHex0x(info.order_id),
      declaredBy: toHex0x(info.gateway),
      declaredAt: info.declared_at,
      state: info.state,
      size: safeNumber(info.size),
      storedBytes: safeNumber(info.stored_bytes),
      segments,
    };
  }

  async #fragmentsOf(id: Uint8Array, segment: number, n: number): Promise<FragmentFact[]> {
    this.#fragments += n;
    if (this.#fragments > maxFragments) throw tooLarge('fragments', maxFragments);
    const { Fragments, RestoralOrders } = query.FileBank;
    const { Tags } = query.Audit;
    const indices = Array.from({ length: n }, (_, index) => index);
    const values = await this.read(
      indices.flatMap((index) => [
        Fragments.key(id, segment, index),
        Tags.key(id, segment, index),
        RestoralOrders.key(id, segment, index),
      ]),
    );
    return indices.map((index) => {
      const [record, tag, restoral] = values.slice(3 * index, 3 * index + 3);
      const what = `fragment ${index} of segment ${segment} of file ${toHex0x(id)}`;
      return this.#fragment(recordOf(Fragments.decodeValue(record), what), {
        tag: Tags.decodeValue(tag),
        restoral: RestoralOrders.decodeValue(restoral),
      });
    });
  }

  #fragment(
    { root, holder, declared_at: since, restored }: FragmentInfo,
    {
      tag,
      restoral,
    }: {
      readonly tag: ReturnType<typeof query.Audit.Tags.decodeValue>;
      readonly restoral: ReturnType<typeof query.FileBank.RestoralOrders.decodeValue>;
    },
  ): FragmentFact {
    if (holder !== undefined) this.audit.addProvider(holder);
    if (tag !== undefined) this.audit.addTag(holder, tag.key_id);
    return {
      root: toHex0x(root),
      provider: holder ?? null,
      since,
      restored,
      tag: tag === undefined ? null : { key: toHex0x(tag.key_id), slot: tag.slot, taggedAt: tag.tagged_at },
      restoral:
        restoral === undefined
          ? null
          : { reason: restoral.reason, openedAt: restoral.opened_at, claimedBy: restoral.claim?.miner ?? null },
    };
  }
}

/** The root of every segment whose fragments are known is that of its fragments. */
function checkRoots(segments: readonly SegmentFact[]): void {
  for (const { k, ciphertextLength, root, fragments } of segments) {
    if (fragments.length === 0) continue;
    const fragmentRoots = fragments.map((fragment) => fromHex(fragment.root));
    if (toHex0x(segmentRoot({ k, ciphertextLength, fragmentRoots })) !== root)
      throw factMissing('segment whose root is that of its fragments');
  }
}

function tooLarge(what: string, limit: number): CessError {
  return new CessError('OBJECT_RECEIPT_TOO_LARGE', `The object has more than ${limit} ${what}.`);
}
