// Vectors of docs/protocol/receipts.md: receipts over a small state of a chain, computed by the code.
import { grandpaDigest, type Header } from '@cess/chain-primitives';
import { headerCodec, query, type SetChange } from '@cess/client';
import { headerHash, justificationCodec, justifyBySingleVote } from '@cess/consensus';
import { createEd25519Signer } from '@cess/crypto';
import { ErasureCoder } from '@cess/erasure';
import { type FinalizedState, issueReceipt, type ReceiptFile } from '@cess/object-receipt';
import { concatBytes, elementAt, fromUtf8, toHex, toHex0x, utf8 } from '@cess/primitives';
import { fragmentRootOf, sealFrame, treeRootOf } from '@cess/sealing';
import { emptyRoot, StateStore } from '@cess/state';
import { createMemoryKv } from '@cess/store';
import { fileId, segmentRoot } from '@cess/types';
import { pattern, type Vector, type VectorFile } from './vector.js';

const [genesis, owner, gateway, orderId, tagKey] = [200, 201, 202, 203, 204].map((seed) => pattern(32, seed)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const authority = createEd25519Signer(pattern(32, 205));
const nodeKey = createEd25519Signer(pattern(32, 206));
const [k, n] = [2, 3];
const issuedAtMs = 1_790_000_000_000;

/** A file of one segment: its ciphertext is cut into stripes of k shards of this length. */
interface SampleFile {
  readonly ciphertext: Uint8Array;
  readonly shardLength: number;
}

/** Shards of every fragment, stripe by stripe. */
function shardsOf({ ciphertext, shardLength }: SampleFile): readonly (readonly Uint8Array[])[] {
  const coder = new ErasureCoder({ k, n });
  const fragments = Array.from({ length: n }, (): Uint8Array[] => []);
  for (let offset = 0; offset < ciphertext.length; offset += k * shardLength) {
    const stripe = ciphertext.subarray(offset, offset + k * shardLength);
    const length = Math.ceil(stripe.length / k);
    const data = Array.from({ length: k }, (_, index) => {
      const shard = new Uint8Array(length);
      shard.set(stripe.subarray(index * length, (index + 1) * length));
      return shard;
    });
    for (const [index, shard] of [...data, ...coder.encode(data)].entries()) fragments[index]?.push(shard);
  }
  return fragments;
}

function sealed(plaintext: Uint8Array, key: Uint8Array, streamId: Uint8Array): Uint8Array {
  const frames: Uint8Array[] = [];
  const count = Math.max(1, Math.ceil(plaintext.length / 65_520));
  for (let index = 0; index < count; index++) {
    const piece = plaintext.subarray(index * 65_520, (index + 1) * 65_520);
    const frame = new Uint8Array(piece.length + 16);
    sealFrame(key, { streamId, index, isLast: index === count - 1 }, piece, frame);
    frames.push(frame);
  }
  return concatBytes(...frames);
}

interface RecordedFile {
  readonly id: Uint8Array;
  readonly shards: ReceiptFile['shards'];
  readonly entries: readonly (readonly [key: Uint8Array, value: Uint8Array])[];
}

/** The records of a file on the chain: fragment 0 is tagged, fragment 2 is to be restored. */
function recordFile(file: SampleFile): RecordedFile {
  const { Files, Segments, Fragments, RestoralOrders } = query.FileBank;
  const { ciphertext, shardLength } = file;
  const shards = shardsOf(file);
  const fragments = shards.map((parts) => concatBytes(...parts));
  const roots = fragments.map((fragment) => fragmentRootOf(fragment));
  const root = segmentRoot({ k, ciphertextLength: ciphertext.length, fragmentRoots: roots });
  const id = fileId({ genesis, owner, orderId, segmentRoots: [root] });
  const length = elementAt(fragments, 0).length;
  const info = {
    ...{ owner, order_id: orderId, gateway, territory: utf8('default'), segment_count: 1, state: 'Active' as const },
    ...{ size: BigInt(ciphertext.length), stored_bytes: BigInt(n * length), declared_at: 40 },
  };
  const segment = { k, n, ciphertext_length: ciphertext.length, fragment_length: length, root };
  const order = { reason: 'Lost' as const, opened_at: 60, margin: 0, claim: { miner: 9, until: 90 } };
  return {
    id,
    shards: [
      {
        segment: 0,
        shardLength,
        hashes: shards.slice(0, k).map((parts) => toHex0x(concatBytes(...parts.map(treeRootOf)))),
      },
    ],
    entries: [
      [Files.key(id), Files.codec.encode(info)],
      [Segments.key(id, 0), Segments.codec.encode(segment)],
      ...roots.map((fragmentRoot, index) => {
        const holder = index < k ? index + 3 : undefined;
        const record = { root: fragmentRoot, holder, declared_at: 40 + index, restored: index };
        return [Fragments.key(id, 0, index), Fragments.codec.encode(record)] as const;
      }),
      [query.Audit.Tags.key(id, 0, 0), query.Audit.Tags.codec.encode({ key_id: tagKey, slot: 7, tagged_at: 50 })],
      [RestoralOrders.key(id, 0, 2), RestoralOrders.codec.encode(order)],
    ],
  };
}

/** Everything else that the receipts of this page need. */
function commonEntries(): readonly (readonly [key: Uint8Array, value: Uint8Array])[] {
  const { Miners } = query.Sminer;
  const { Registries, Challenges } = query.Audit;
  const miners = [3, 4].map((index) => {
    const info = {
      ...{ account: pattern(32, index), beneficiary: pattern(32, index), node_key: pattern(32, 10 + index) },
      ...{ endpoint: utf8(`http://192.0.2.${index}:6600`), staked: 0n, declared_space: 0n, service_space: 0n },
      ...{ fragment_count: 1n, proven_space: 0n, debt: 0n, failures: 0, state: 'Positive' as const, registered_at: 1 },
    };
    return [Miners.key(index), Miners.codec.encode(info)] as const;
  });
  const key = {
    ...{ worker: 0, x: pattern(96, 1), x_alpha: pattern(96, 2), srs_hash: pattern(32, 3) },
    ...{ epoch: 0, registered_at: 2 },
  };
  const registry = {
    ...{ slots: 8, live: 8, bytes: 8_000n, proven_bytes: 7_000n, round: 3, position: 0, since: 50 },
    ...{ passed_at: 70, strikes: 0 },
  };
  const judged = { proof: pattern(128, 5), as_of: 72, worker: 0, passed: true, dispute_until: 300 };
  const challenge = {
    ...{ round: 3, opened_at: 72, seed: pattern(64, 4), frozen: 8, bytes: 8_000n, deadline: 172 },
    state: { type: 'Judged' as const, value: judged },
  };
  const oss = {
    ...{ node_key: nodeKey.publicKey, wrapping_key: pattern(32, 6) },
    ...{ endpoint: utf8('https://s3.example'), domain: utf8('s3.example') },
  };
  return [
    [query.System.BlockHash.key(0), genesis],
    [query.Timestamp.Now.key(), query.Timestamp.Now.codec.encode(BigInt(issuedAtMs - 2_000))],
    [query.Oss.Oss.key(gateway), query.Oss.Oss.codec.encode(oss)],
    [query.Oss.AuthorityList.key(owner), query.Oss.AuthorityList.codec.encode([gateway])],
    [query.TeeWorker.TagKeys.key(tagKey), query.TeeWorker.TagKeys.codec.encode(key)],
    [Registries.key(3, tagKey), Registries.codec.encode(registry)],
    [Challenges.key(3, tagKey), Challenges.codec.encode(challenge)],
    ...miners,
  ];
}

/** The blocks that change the voters, each of which is one key: set 0, set 1 and so on. */
const changedIn = [20, 50] as const;
const voters = [authority, ...[214, 215].map((seed) => createEd25519Signer(pattern(32, seed)))];

function proven(header: Header, setId: number) {
  const vote = { target: { hash: headerHash(header), number: header.number }, round: BigInt(header.number) };
  const signer = elementAt(voters, setId);
  return justificationCodec.encode(justifyBySingleVote({ ...vote, setId: BigInt(setId) }, signer));
}

function changeOf(number: number, setId: number): SetChange {
  const next = elementAt(voters, setId + 1).publicKey;
  const log = {
    type: 'ScheduledChange' as const,
    value: { next_authorities: [[next, 1n]] as [Uint8Array, bigint][], delay: 0 },
  };
  const header: Header = {
    ...{
      parent_hash: pattern(32, 216 + setId),
      number,
      state_root: pattern(32, 218),
      extrinsics_root: pattern(32, 211),
    },
    digest: { logs: [grandpaDigest(log)] },
  };
  return { header: headerCodec.encode(header), justification: proven(header, setId) };
}

/** A finalized block whose state has these files, after so many changes of the voters. */
async function finalizedState(files: readonly RecordedFile[], changes: number): Promise<FinalizedState> {
  const kv = createMemoryKv();
  const store = new StateStore(kv);
  const entries = [...commonEntries(), ...files.flatMap((file) => file.entries)];
  const prepared = store.prepare(emptyRoot, entries);
  await kv.write(store.commit(prepared, new Uint8Array(32)));
  const { root } = prepared;
  const header: Header = {
    parent_hash: pattern(32, 210),
    number: 80,
    state_root: root.hash,
    extrinsics_root: pattern(32, 211),
    digest: { logs: [] },
  };
  return {
    header,
    justification: proven(header, changes),
    setChanges: changedIn.slice(0, changes).map(changeOf),
    read: async (keys) => keys.map((key) => store.get(root, key)),
    prove: async (keys) => store.createReadProof(root, keys),
  };
}

interface Sample {
  readonly name: string;
  readonly key: string;
  readonly plaintext: { readonly length: number; readonly seed: number };
  /** Where the object's stream begins in the file. */
  readonly plaintextOffset: number;
  readonly ciphertextOffset: number;
  readonly file: SampleFile | undefined;
  readonly streamId: Uint8Array;
  readonly streamKey: Uint8Array;
  readonly setChanges?: number;
}

async function vectorOf(sample: Sample): Promise<Vector> {
  const { length, seed } = sample.plaintext;
  const recorded = sample.file === undefined ? undefined : recordFile(sample.file);
  const id = toHex0x(recorded?.id ?? new Uint8Array(0));
  const stream = {
    id: toHex0x(sample.streamId),
    plaintextOffset: sample.plaintextOffset,
    ciphertextOffset: sample.ciphertextOffset,
    ciphertextLength: length + 16 * Math.max(1, Math.ceil(length / 65_520)),
    key: toHex0x(sample.streamKey),
  };
  const object = {
    ...{ bucket: 'photos', key: sample.key, versionId: null, size: length, etag: toHex(pattern(16, seed)) },
    ...{ lastModifiedMs: issuedAtMs - 60_000, storageClass: 'STANDARD', checksumType: 'FULL_OBJECT' },
    ...{ checksums: [{ algorithm: 'CRC32', value: 'AAAAAA==' }], partSizes: [] },
  };
  const receipt = await issueReceipt(
    { genesis, gateway, sign: (message) => nodeKey.sign(message), nowMs: () => issuedAtMs },
    await finalizedState(recorded === undefined ? [] : [recorded], sample.setChanges ?? 0),
    {
      object,
      extents: recorded === undefined ? [] : [{ file: id, offset: sample.plaintextOffset, length }],
      files: recorded === undefined ? [] : [{ id, streams: [stream], shards: recorded.shards }],
    },
  );
  return {
    name: sample.name,
    input: {
      genesis: toHex(genesis),
      authority: toHex(authority.publicKey),
      nodeKeySeed: toHex(pattern(32, 206)),
      plaintext: `pattern(${length}, ${seed})`,
    },
    output: { receipt: fromUtf8(receipt) },
  };
}

export async function objectReceiptVectors(): Promise<VectorFile> {
  const [streamId, streamKey] = [pattern(32, 207), pattern(32, 208)];
  const [otherId, otherKey] = [pattern(32, 212), pattern(32, 213)];
  const stream = { streamId, streamKey };
  const whole = sealed(pattern(70_000, 220), streamKey, streamId);
  const pack = concatBytes(
    sealed(pattern(8_176, 222), otherKey, otherId),
    sealed(pattern(8_176, 221), streamKey, streamId),
  );
  return [
    await vectorOf({
      ...{ name: 'an object that is a file', key: 'cat.jpg', plaintext: { length: 70_000, seed: 220 } },
      ...{ plaintextOffset: 0, ciphertextOffset: 0, file: { ciphertext: whole, shardLength: 1_048_576 }, ...stream },
    }),
    await vectorOf({
      ...{ name: 'the second object in a pack', key: 'small.json', plaintext: { length: 8_176, seed: 221 } },
      ...{ plaintextOffset: 8_176, ciphertextOffset: 8_192, file: { ciphertext: pack, shardLength: 4_096 }, ...stream },
    }),
    await vectorOf({
      ...{ name: 'an empty object', key: 'empty', plaintext: { length: 0, seed: 0 } },
      ...{ plaintextOffset: 0, ciphertextOffset: 0, file: undefined, ...stream },
    }),
    await vectorOf({
      ...{ name: 'an empty object after two changes of the voters', key: 'late', plaintext: { length: 0, seed: 0 } },
      ...{ plaintextOffset: 0, ciphertextOffset: 0, file: undefined, ...stream, setChanges: changedIn.length },
    }),
  ];
}
