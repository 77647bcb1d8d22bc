// Vectors of docs/protocol/data-path.md, computed by the code.
import { createEd25519Signer, x25519PairFromSecret } from '@cess/crypto';
import { ErasureCoder, encodeSegment, segmentLayout } from '@cess/erasure';
import { toHex, utf8 } from '@cess/primitives';
import {
  ciphertextLength,
  createBlockProof,
  deriveOwnerMasterKey,
  deriveOwnerX25519,
  fragmentRootOf,
  keyWrapCodec,
  sealFrame,
  treeRootOf,
  wrapKeyTo,
  wrapStreamKey,
} from '@cess/sealing';
import {
  fileId,
  fragmentLength,
  holdingDigest,
  nodeKeyPossessionMessage,
  orderId,
  receiptMessage,
  segmentRoot,
} from '@cess/types';
import { pattern, type Vector, type VectorFile } from './vector.js';

const [genesis, owner, gateway, order] = [1, 2, 3, 4].map((seed) => pattern(32, seed)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

function frame(name: string, plaintextLength: number, index: number, isLast: boolean): Vector {
  const [key, streamId, plaintext] = [pattern(32, 10), pattern(32, 11), pattern(plaintextLength, 12)];
  const sealed = new Uint8Array(plaintextLength + 16);
  sealFrame(key, { streamId, index, isLast }, plaintext, sealed);
  // Long frames as their first and last 32 bytes: enough to tell a difference, short enough to read.
  const shown = sealed.length <= 128 ? { sealed: toHex(sealed) } : { sealedStart: toHex(sealed.subarray(0, 32)) };
  return {
    name,
    input: { key: toHex(key), streamId: toHex(streamId), plaintext: `pattern(${plaintextLength}, 12)`, index, isLast },
    output: { ...shown, sealedEnd: toHex(sealed.subarray(-32)), length: sealed.length },
  };
}

export function sealedStreamVectors(): VectorFile {
  const lengths = [0, 1, 65_519, 65_520, 65_521, 33_546_240, 33_546_241, 5_000_000_000];
  return [
    frame('the empty stream', 0, 0, true),
    frame('a short last frame', 21, 0, true),
    frame('a full frame in the middle', 65_520, 7, false),
    frame('a full last frame with an index beyond 32 bits', 65_520, 2 ** 33 + 5, true),
    {
      name: 'lengths of sealed streams',
      input: { plaintextLengths: lengths },
      output: { ciphertextLengths: lengths.map(ciphertextLength) },
    },
  ];
}

export function segmentLayoutVectors(): VectorFile {
  const cases = [
    [1, 4, 12],
    [5, 4, 12],
    [4 * 1_048_576, 4, 12],
    [4 * 1_048_576 + 1, 4, 12],
    [33_554_432, 4, 12],
    [20_000_003, 10, 16],
  ] as const;
  return cases.map(([length, k, n]) => {
    const { stripes } = segmentLayout(length, k, n);
    return {
      name: `${length} bytes of ciphertext at ${k} of ${n}`,
      input: { ciphertextLength: length, k, n },
      output: {
        fragmentLength: fragmentLength(length, k),
        stripes: stripes.map(({ dataOffset, dataLength, shardOffset, shardLength }) => ({
          dataOffset,
          dataLength,
          shardOffset,
          shardLength,
        })),
      },
    };
  });
}

export function erasureVectors(): VectorFile {
  const cases = [
    [1, 3],
    [4, 12],
    [10, 16],
    [200, 256],
  ] as const;
  const coded = cases.map(([k, n]): Vector => {
    const data = Array.from({ length: k }, (_, i) => pattern(16, 3 * i + 1));
    const parity = new ErasureCoder({ k, n }).encode(data);
    return {
      name: `${k} of ${n}`,
      input: { k, n, data: 'data shard i = pattern(16, 3 i + 1)' },
      output: { parity: parity.map(toHex) },
    };
  });
  const fragments = encodeSegment(new ErasureCoder({ k: 4, n: 12 }), pattern(101, 20));
  const whole: Vector = {
    name: 'the fragments of a segment of 101 bytes',
    input: { k: 4, n: 12, ciphertext: 'pattern(101, 20)' },
    output: { fragments: fragments.map(toHex) },
  };
  return [...coded, whole];
}

export function fragmentTreeVectors(): VectorFile {
  const roots = [0, 1, 4096, 4097, 12_288, 20_000, 1_048_576, 1_048_577].map((length): Vector => {
    const bytes = pattern(length, 30);
    return {
      name: `a fragment of ${length} bytes`,
      input: { bytes: `pattern(${length}, 30)` },
      output: { treeRoot: toHex(treeRootOf(bytes)), root: toHex(fragmentRootOf(bytes)) },
    };
  });
  const proof: Vector = {
    name: 'proof of block 4 of 5, which moves up twice',
    input: { bytes: 'pattern(20000, 30)', index: 4 },
    output: { proof: createBlockProof(pattern(20_000, 30), 4).map(toHex) },
  };
  return [...roots, proof];
}

export function idVectors(): VectorFile {
  const fragmentRoots = Array.from({ length: 12 }, (_, i) => pattern(32, 40 + i));
  const root = segmentRoot({ k: 4, ciphertextLength: 33_554_432, fragmentRoots });
  const segmentRoots = [root, pattern(32, 60)];
  const randomness = pattern(32, 61);
  return [
    {
      name: 'segment root',
      input: { k: 4, ciphertextLength: 33_554_432, fragmentRoots: fragmentRoots.map(toHex) },
      output: { segmentRoot: toHex(root) },
    },
    {
      name: 'file id',
      input: {
        genesis: toHex(genesis),
        owner: toHex(owner),
        orderId: toHex(order),
        segmentRoots: segmentRoots.map(toHex),
      },
      output: { fileId: toHex(fileId({ genesis, owner, orderId: order, segmentRoots })) },
    },
    {
      name: 'order id',
      input: { genesis: toHex(genesis), owner: toHex(owner), territory: 'default', randomness: toHex(randomness) },
      output: { orderId: toHex(orderId({ genesis, owner, territory: 'default', randomness })) },
    },
  ];
}

export function keyVectors(): VectorFile {
  const seed = pattern(32, 70);
  const master = deriveOwnerMasterKey(seed);
  const pair = deriveOwnerX25519(master);
  const [bucketKey, ephemeral, streamId, streamKey] = [71, 72, 11, 10].map((value) => pattern(32, value)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const context = utf8('CESS/bucket-key/v1');
  const toOwner = wrapKeyTo(pair.publicKey, bucketKey, context, { bytes: () => ephemeral });
  const underBucket = wrapStreamKey(bucketKey, streamId, streamKey);
  return [
    {
      name: 'keys of an owner',
      input: { seed: toHex(seed) },
      output: { masterKey: toHex(master), x25519Secret: toHex(pair.secretKey), x25519Public: toHex(pair.publicKey) },
    },
    {
      name: 'a bucket key wrapped to its owner',
      input: {
        recipient: toHex(pair.publicKey),
        key: toHex(bucketKey),
        context: 'CESS/bucket-key/v1',
        ephemeralSecret: toHex(ephemeral),
      },
      output: {
        ephemeralPublic: toHex(x25519PairFromSecret(ephemeral).publicKey),
        wrap: toHex(keyWrapCodec.encode(toOwner)),
      },
    },
    {
      name: 'a stream key wrapped under a bucket key',
      input: { bucketKey: toHex(bucketKey), streamId: toHex(streamId), streamKey: toHex(streamKey) },
      output: { wrap: toHex(keyWrapCodec.encode(underBucket)) },
    },
  ];
}

export function receiptVectors(): VectorFile {
  const nodeSeed = pattern(32, 80);
  const node = createEd25519Signer(nodeSeed);
  const root = pattern(32, 81);
  const fields = { segment: 2, fragment: 11, length: 8_388_608, expirySeconds: 1_800_000_000 };
  const message = receiptMessage({ genesis, gateway, orderId: order, root, provider: 7, ...fields });
  const entries = [0, 1].map((i) => ({
    fileId: pattern(32, 90 + i),
    segment: i,
    fragment: 11 - i,
    root: pattern(32, 92 + i),
    length: 1000 + i,
  }));
  const digest = holdingDigest({ genesis, provider: 7, gateway, until: 4_321, entries });
  const possession = nodeKeyPossessionMessage(genesis, owner);
  const ids = { genesis: toHex(genesis), gateway: toHex(gateway) };
  return [
    {
      name: 'receipt',
      input: { ...ids, orderId: toHex(order), root: toHex(root), miner: 7, ...fields, nodeSeed: toHex(nodeSeed) },
      output: { message: toHex(message), signature: toHex(node.sign(message)) },
    },
    {
      name: 'attestation of a batch',
      input: {
        ...ids,
        miner: 7,
        until: 4_321,
        nodeSeed: toHex(nodeSeed),
        entries: entries.map((entry) => ({ ...entry, fileId: toHex(entry.fileId), root: toHex(entry.root) })),
      },
      output: { digest: toHex(digest), signature: toHex(node.sign(digest)) },
    },
    {
      name: 'possession of a node key',
      input: { genesis: toHex(genesis), account: toHex(owner), nodeSeed: toHex(nodeSeed) },
      output: { message: toHex(possession), signature: toHex(node.sign(possession)) },
    },
  ];
}
