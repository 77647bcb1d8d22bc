// Vectors of docs/protocol/podr2.md, computed by the code: one key, one fragment of two blocks, one round.
import { createEd25519Signer, createMclBls12 } from '@cess/crypto';
import { invariant, toHex } from '@cess/primitives';
import {
  attestationReportData,
  batchWeights,
  blockOf,
  blockSizeBytes,
  checkPublicKey,
  checkSrs,
  createFieldKernel,
  expandChallenge,
  fragmentTagId,
  keyGen,
  proofGen,
  replEnc,
  selectSlots,
  sigGen,
  tagKeyId,
  verify,
} from '@cess/proofs';
import { fragmentRootOf } from '@cess/sealing';
import { pattern, type VectorFile } from './vector.js';

// The curve backend starts asynchronously; vectors are computed in one go.
const bls = await createMclBls12();

export function podr2Vectors(): VectorFile {
  const kernel = createFieldKernel();
  const randomness = [pattern(64, 1), pattern(64, 2)];
  const generated = keyGen(bls, { bytes: () => randomness.shift()! }, pattern(32, 4));
  const { publicKey, secret, srs } = generated;
  const keyId = tagKeyId(publicKey);
  const fragment = pattern(blockSizeBytes + 1000, 3);
  const [genesis, orderId, fileId] = [pattern(32, 4), pattern(32, 5), pattern(32, 6)];
  const place = { segment: 7, fragment: 8, replica: 0, provider: 9 };
  const identity = { genesis, orderId, fileId, ...place, root: fragmentRootOf(fragment), keyId };
  const id = fragmentTagId(identity);
  const signer = createEd25519Signer(pattern(32, 10));
  const tagSet = sigGen({ bls, kernel, secret, signer, identity, fragment });
  invariant(tagSet.ok, 'the fragment has its root');
  const context = { genesis, seed: pattern(64, 11), provider: place.provider, keyId };
  const challenge = expandChallenge(context, [{ id, length: fragment.length }]);
  const key = checkPublicKey(bls, publicKey, genesis);
  invariant(key.ok, 'the key passes its check');
  const points = checkSrs(bls, key.value, srs, { bytes: (length) => pattern(length, 12) });
  invariant(points.ok, 'the SRS passes its check');
  const { tags, signature } = tagSet.value;
  const proof = proofGen({ bls, kernel, srs: points.value }, challenge, (_, index) => ({
    block: blockOf(fragment, index),
    tag: tags.subarray(index * 48, (index + 1) * 48),
  }));
  invariant(proof.ok && verify(bls, key.value, challenge, proof.value).ok, 'the proof is right');
  const item = { key: key.value, challenge, proof: proof.value };
  return [
    {
      name: 'key from two times 64 uniform bytes',
      input: { x: toHex(pattern(64, 1)), alpha: toHex(pattern(64, 2)), epoch: 13, genesis: toHex(genesis) },
      output: {
        secretX: toHex(secret.x),
        secretAlpha: toHex(secret.alpha),
        publicX: toHex(publicKey.x),
        publicXAlpha: toHex(publicKey.xAlpha),
        possession: toHex(publicKey.possession),
        srsStart: toHex(srs.subarray(0, 144)),
        srsEnd: toHex(srs.subarray(-48)),
        srsHash: toHex(publicKey.srsHash),
        keyId: toHex(keyId),
        reportData: toHex(attestationReportData(publicKey, 13, genesis)),
      },
    },
    {
      name: 'fragment id',
      input: {
        genesis: toHex(genesis),
        orderId: toHex(orderId),
        fileId: toHex(fileId),
        ...place,
        root: toHex(identity.root),
        keyId: toHex(keyId),
      },
      output: { id: toHex(id) },
    },
    {
      name: 'tags of a fragment of two blocks, the second short',
      input: {
        secretX: toHex(secret.x),
        secretAlpha: toHex(secret.alpha),
        id: toHex(id),
        keyId: toHex(keyId),
        fragment: `pattern(${fragment.length}, 3)`,
        signerSeed: toHex(pattern(32, 10)),
      },
      output: { tags: toHex(tags), signature: toHex(signature) },
    },
    {
      name: 'challenge of the fragment',
      input: {
        genesis: toHex(genesis),
        seed: toHex(context.seed),
        provider: place.provider,
        keyId: toHex(keyId),
        id: toHex(id),
        length: fragment.length,
      },
      output: {
        base: toHex(challenge.base),
        indices: challenge.fragments[0]!.indices,
        factors: toHex(challenge.fragments[0]!.factors),
        point: toHex(challenge.point),
      },
    },
    {
      name: 'slots of a round, 1,000 in the registry',
      input: { seed: toHex(context.seed), provider: place.provider, keyId: toHex(keyId), round: 100, slots: 1000 },
      output: { slots: selectSlots(context, 100, 1000) },
    },
    {
      name: 'proof of the challenge',
      input: { fragment: `pattern(${fragment.length}, 3)`, tags: toHex(tags), base: toHex(challenge.base) },
      output: { proof: toHex(proof.value) },
    },
    {
      name: 'weights of a batch of that proof twice',
      input: {
        base: toHex(challenge.base),
        keyId: toHex(keyId),
        proof: toHex(proof.value),
        randomness: toHex(pattern(32, 14)),
      },
      output: { weights: toHex(batchWeights([item, item], pattern(32, 14))) },
    },
    {
      name: 'first bytes of replica 2',
      input: {
        secret: toHex(pattern(32, 15)),
        orderId: toHex(orderId),
        ...place,
        replica: 2,
        fragment: 'pattern(100, 3)',
      },
      output: { stored: toHex(replEnc(pattern(100, 3), { ...identity, replica: 2 }, pattern(32, 15))) },
    },
  ];
}
