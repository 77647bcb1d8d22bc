// PoDR2-K on one core: tagging, the provider's check, proving, verification of single proofs and of batches. Each is compared
// with its unavoidable part, measured in the same run: the same number of hashes to the curve, scalar products and pairings.
import { createEd25519Signer, createMclBls12, type G1Point, scalarBytes, shake256 } from '@cess/crypto';
import { invariant, MiB, type Rng, utf8 } from '@cess/primitives';
import {
  batchVerify,
  blockOf,
  type Challenge,
  type ChallengeContext,
  checkPublicKey,
  checkSrs,
  createFieldKernel,
  expandChallenge,
  fragmentTagId,
  keyGen,
  proofGen,
  sigGen,
  tagGen,
  tagGenBatch,
  verify,
} from '@cess/proofs';
import { fragmentRootOf } from '@cess/sealing';
import { cpuSecondsOf, ownCpuSeconds } from './support/measure.js';
import { type Row, report } from './support/report.js';

const quick = { rounds: 3, minCpuSeconds: 0.2 };
const seconds = (work: () => void): number => cpuSecondsOf(work, quick);
const bls = await createMclBls12();
const kernel = createFieldKernel();
let requests = 0;
const rng: Rng = { bytes: (length) => shake256(length, utf8(`benchmark ${requests++}`)) };

const genesis = new Uint8Array(32);
const { publicKey, secret, srs: srsBytes } = keyGen(bls, rng, genesis);
const key = checkPublicKey(bls, publicKey, genesis);
invariant(key.ok, 'the key passes');
const srs = checkSrs(bls, key.value, srsBytes, rng);
invariant(srs.ok, 'the SRS passes');
const signer = createEd25519Signer(new Uint8Array(32).fill(1));
const fragment = shake256(8 * MiB, utf8('fragment'));
const identity = {
  genesis,
  orderId: new Uint8Array(32),
  fileId: new Uint8Array(32),
  segment: 0,
  fragment: 0,
  replica: 0,
  root: fragmentRootOf(fragment),
  provider: 0,
  keyId: key.value.id,
};
const id = fragmentTagId(identity);
const blocks = 265;
/** Number of tag sets that one equation checks. */
const batchSize = 256;
const signInput = { bls, kernel, secret, signer, identity, fragment };
const tagSet = sigGen(signInput);
invariant(tagSet.ok, 'the fragment is tagged');
const { tags } = tagSet.value;
const checkInput = {
  bls,
  kernel,
  key: key.value,
  srs: srs.value,
  signerKey: signer.publicKey,
  identity,
  fragment,
  tagSet: tagSet.value,
  rng,
};
invariant(tagGen(checkInput).ok, 'the tags are right');

// Fragments of an object of 256 KiB, as the providers of one process check them.
const smallCount = 12;
const smallItems = Array.from({ length: smallCount }, (_, number) => {
  const bytes = fragment.subarray(number * 65_536, (number + 1) * 65_536);
  const place = { ...identity, fragment: number, root: fragmentRootOf(bytes) };
  const made = sigGen({ ...signInput, identity: place, fragment: bytes });
  invariant(made.ok, 'the fragment is tagged');
  return { signerKey: signer.publicKey, identity: place, fragment: bytes, tagSet: made.value };
});
invariant(
  tagGenBatch(checkInput, smallItems).every((refusal) => refusal === undefined),
  'the tags of small fragments are right',
);
const smallAlone = seconds(() => void tagGenBatch(checkInput, smallItems.slice(0, 1)));

// The cost of the curve and field operations alone.
const domain = utf8('benchmark');
const message = new Uint8Array(36);
const hash = seconds(() => void bls.hashToG1(message, domain));
const points = Array.from({ length: 1024 }, (_, i) => bls.mulGeneratorG1(scalarBytes(BigInt(i + 2) ** 3n)));
const wide = new Uint8Array(1024 * 32).map((_, i) => (i % 32 === 31 ? 0 : i * 7));
const narrow = wide.map((byte, i) => (i % 32 < 16 ? byte : 0));
const product = seconds(() => void bls.mulG1(points[0]!, wide.subarray(0, 32)));
const wideSum = seconds(() => void bls.multiScalarMulG1(points, wide)) / 1024;
const narrowSum = seconds(() => void bls.multiScalarMulG1(points, narrow)) / 1024;
const encoded = bls.encodeG1(points[0]!);
const decode = seconds(() => void bls.decodeG1(encoded));
const decodeTrusted = seconds(() => void bls.decodeG1(encoded, { trusted: true }));
const pairs = (count: number): number => {
  const terms = points.slice(0, count).map((g1: G1Point) => ({ g1, g2: key.value.x }));
  return seconds(() => void bls.pairingProductIsOne(terms));
};
const pairings = pairs(3);
const table = kernel.powers(secret.alpha);
const evaluate = seconds(() => void kernel.evaluate(table, blockOf(fragment, 0)));

// One fragment of 8 MiB has 265 blocks; a round of 460 is that of 46 such fragments with the same content.
const context: ChallengeContext = {
  genesis: identity.genesis,
  seed: new Uint8Array(64),
  provider: 0,
  keyId: key.value.id,
};
const registry = Array.from({ length: 46 }, () => ({ id, length: fragment.length }));
const whole = expandChallenge(context, registry);
const small: Challenge = {
  ...whole,
  fragments: [...whole.fragments.slice(0, 4), { ...whole.fragments[4]!, ...firstOf(whole, 4, 7) }],
};

function firstOf(challenge: Challenge, index: number, count: number) {
  const { indices, factors } = challenge.fragments[index]!;
  return { indices: indices.slice(0, count), factors: factors.subarray(0, 16 * count) };
}

function prove(challenge: Challenge): Uint8Array {
  const proof = proofGen({ bls, kernel, srs: srs.ok ? srs.value : [] }, challenge, (_, index) => ({
    block: blockOf(fragment, index),
    tag: tags.subarray(index * 48, (index + 1) * 48),
  }));
  invariant(proof.ok, 'the provider has its tags');
  return proof.value;
}

const milliseconds = (
  name: string,
  value: number,
  unavoidable: number,
  most: number,
  of = 'its curve operations',
): Row => ({
  name,
  value: value * 1e3,
  unit: 'ms',
  ratio: value / unavoidable,
  of,
  target: `at most ${most}`,
  met: value <= most * unavoidable,
});
const primitive = (name: string, value: number): Row => ({ name, value: value * 1e6, unit: 'µs' });

const rows: Row[] = [
  primitive('hash to G1', hash),
  primitive('product in G1', product),
  primitive('sum of products, 255 bits, each of 1,024', wideSum),
  primitive('sum of products, 128 bits, each of 1,024', narrowSum),
  primitive('decoding with subgroup check', decode),
  primitive('three pairings, one exponentiation', pairings),
  primitive('polynomial of a block at a point', evaluate),
  milliseconds(
    'SigGen, 8 MiB',
    seconds(() => void sigGen(signInput)),
    blocks * (hash + product),
    1.5,
  ),
  milliseconds(
    "TagGen, the provider's check, 8 MiB",
    seconds(() => void tagGen(checkInput)),
    blocks * (hash + decode + 2 * narrowSum) + 1024 * wideSum + pairings,
    1.5,
  ),
  milliseconds(
    `TagGen, 64 KiB, one of ${smallCount} together`,
    seconds(() => void tagGenBatch(checkInput, smallItems)) / smallCount,
    smallAlone,
    0.2,
    'one alone',
  ),
  milliseconds(
    'challenge of 460 blocks',
    seconds(() => void expandChallenge(context, registry)),
    hash * 460,
    0.2,
  ),
];
for (const [name, challenge, count] of [
  ['47', small, 47],
  ['460', whole, 460],
] as const) {
  const proof = prove(challenge);
  invariant(verify(bls, key.value, challenge, proof).ok, 'the proof is right');
  const item = { key: key.value, challenge, proof };
  const sums = count * (decodeTrusted + narrowSum) + 1023 * wideSum;
  const verifying = count * (hash + narrowSum);
  rows.push(
    milliseconds(
      `ProofGen, ${name} blocks`,
      seconds(() => void prove(challenge)),
      sums,
      1.5,
    ),
    milliseconds(
      `Verify, ${name} blocks`,
      seconds(() => void verify(bls, key.value, challenge, proof)),
      verifying + pairings + 2 * decode,
      1.5,
    ),
  );
  // Measured once: it takes long, and the code is already compiled.
  const before = ownCpuSeconds();
  batchVerify(bls, new Array<typeof item>(batchSize).fill(item), new Uint8Array(32));
  const each = (ownCpuSeconds() - before) / batchSize;
  const inBatch = `Verify, ${name} blocks, one of a batch of ${batchSize}`;
  rows.push(milliseconds(inBatch, each, verifying + 2 * decode, 1.5));
}
report('PoDR2-K, one core', rows);
