import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEd25519Signer, sha256 } from '@cess/crypto';
import { concatBytes, fromHex } from '@cess/primitives';
import {
  blockSizeBytes,
  type FragmentIdentity,
  fragmentTagId,
  podr2BlockCount,
  sigGen,
  type TagGenItem,
  type TagSet,
  tagGen,
  tagGenBatch,
  tagSetDigest,
} from '../index.js';
import { slowFieldKernel } from '../test-support/slow-field-kernel.js';
import {
  bls,
  contentOf,
  honestKey,
  identityOf,
  kernel,
  seededRng,
  signer,
  storeFragment,
} from '../test-support/world.js';

const fragment = contentOf(3 * blockSizeBytes - 5, 'tags');
const stored = storeFragment(fragment);

function check(changes: {
  tagSet?: TagSet;
  fragment?: Uint8Array;
  identity?: FragmentIdentity;
  key?: typeof honestKey.key;
}) {
  const result = tagGen({
    bls,
    kernel,
    key: honestKey.key,
    srs: honestKey.srsPoints,
    signerKey: signer.publicKey,
    identity: stored.identity,
    fragment,
    tagSet: stored,
    rng: seededRng('weights'),
    ...changes,
  });
  return result.ok ? 'accepted' : result.error;
}

/** The word of the enclave's key for tags that it did not make: what a broken enclave would send. */
const signed = (tags: Uint8Array): TagSet => ({
  tags,
  signature: signer.sign(tagSetDigest(stored.identity, fragment.length, sha256(tags))),
});

test('PODR2-2: the provider accepts what the enclave made, and only that', () => {
  assert.equal(check({}), 'accepted');
  const other = createEd25519Signer(new Uint8Array(32).fill(8));
  const digest = tagSetDigest(stored.identity, fragment.length, sha256(stored.tags));
  assert.equal(check({ tagSet: { ...stored, signature: other.sign(digest) } }), 'SIGNATURE');
  assert.equal(check({ tagSet: { ...stored, tags: stored.tags.subarray(48) } }), 'TAG_COUNT');
  assert.equal(check({ key: { ...honestKey.key, id: new Uint8Array(32) } }), 'KEY_MISMATCH');
  const changed = fragment.slice();
  changed[0]! ^= 1;
  assert.equal(check({ fragment: changed }), 'ROOT_MISMATCH');
  for (const field of ['segment', 'fragment', 'replica', 'provider'] as const) {
    assert.equal(check({ identity: { ...stored.identity, [field]: 77 } }), 'SIGNATURE', field);
  }
});

test('PODR2-2: a wrong tag is found even if the enclave signed it', () => {
  assert.equal(check({ tagSet: signed(stored.tags) }), 'accepted');
  const [first, second] = [stored.tags.subarray(0, 48), stored.tags.subarray(48, 96)];
  const swapped = concatBytes(second, first, stored.tags.subarray(96));
  assert.equal(check({ tagSet: signed(swapped) }), 'TAG_WRONG');
  const tag = bls.decodeG1(first);
  assert.ok(tag.ok);
  const shifted = bls.encodeG1(bls.addG1(tag.value, bls.generatorG1));
  assert.equal(check({ tagSet: signed(concatBytes(shifted, stored.tags.subarray(48))) }), 'TAG_WRONG');
  assert.equal(check({ tagSet: signed(concatBytes(new Uint8Array(48), stored.tags.subarray(48))) }), 'TAG_MALFORMED');
});

test('PODR2-2: a tag outside the subgroup is refused, which pairings alone would not notice', () => {
  // (0, 2) has order 3.
  const torsion = bls.decodeG1(fromHex(`80${'00'.repeat(47)}`), { trusted: true });
  const tag = bls.decodeG1(stored.tags.subarray(0, 48));
  assert.ok(torsion.ok && tag.ok);
  const shifted = bls.encodeG1(bls.addG1(tag.value, torsion.value));
  assert.equal(check({ tagSet: signed(concatBytes(shifted, stored.tags.subarray(48))) }), 'TAG_MALFORMED');
});

test('PODR2-2: two wrong tags whose errors cancel in a plain sum are found', () => {
  const points = [0, 48].map((at) => bls.decodeG1(stored.tags.subarray(at, at + 48)));
  assert.ok(points[0]!.ok && points[1]!.ok);
  const plus = bls.encodeG1(bls.addG1(points[0]!.value, bls.generatorG1));
  const minus = bls.encodeG1(bls.addG1(points[1]!.value, bls.negateG1(bls.generatorG1)));
  assert.equal(check({ tagSet: signed(concatBytes(plus, minus, stored.tags.subarray(96))) }), 'TAG_WRONG');
});

test('PODR2-2: of fragments that are checked together the wrong ones are found, whatever is wrong', () => {
  const itemOf = (seed: string, length: number): TagGenItem => {
    const bytes = contentOf(length, seed);
    const { identity, ...tagSet } = storeFragment(bytes, { fragment: length });
    return { signerKey: signer.publicKey, identity, fragment: bytes, tagSet };
  };
  const items = [1, 40_000, blockSizeBytes, 70_000, 100].map((length, i) => itemOf(`batch ${i}`, length));
  const verdictsOf = (list: readonly TagGenItem[]) =>
    tagGenBatch({ bls, kernel, key: honestKey.key, srs: honestKey.srsPoints, rng: seededRng('batch') }, list).map(
      (refusal) => refusal ?? 'accepted',
    );
  const accepted = 'accepted';
  assert.deepEqual(verdictsOf(items), [accepted, accepted, accepted, accepted, accepted]);
  assert.deepEqual(verdictsOf([]), []);
  const signedFor = ({ identity, fragment: bytes }: TagGenItem, tags: Uint8Array): TagSet => ({
    tags,
    signature: signer.sign(tagSetDigest(identity, bytes.length, sha256(tags))),
  });
  // Tags of two fragments exchanged, signed by the enclave all the same: their sum is that of right ones.
  const [first, , third] = items as [TagGenItem, TagGenItem, TagGenItem];
  const list = items.slice();
  list[0] = { ...first, tagSet: signedFor(first, third.tagSet.tags) };
  list[2] = { ...third, tagSet: signedFor(third, first.tagSet.tags) };
  list[4] = { ...items[4]!, fragment: contentOf(100, 'other') };
  assert.deepEqual(verdictsOf(list), ['TAG_WRONG', accepted, 'TAG_WRONG', accepted, 'ROOT_MISMATCH']);
});

test('PODR2-2: the enclave tags nothing of which the root on chain is not the root, and nothing for another key', () => {
  const identity = identityOf(fragment, { root: new Uint8Array(32) });
  const result = sigGen({ bls, kernel, secret: honestKey.secret, signer, identity, fragment });
  assert.deepEqual(result, { ok: false, error: 'ROOT_MISMATCH' });
  const foreign = identityOf(fragment, { keyId: new Uint8Array(32) });
  const other = sigGen({ bls, kernel, secret: honestKey.secret, signer, identity: foreign, fragment });
  assert.deepEqual(other, { ok: false, error: 'KEY_MISMATCH' });
});

test('tags are the same from both field kernels', () => {
  const short = fragment.subarray(0, 2000);
  const identity = identityOf(short);
  const input = { bls, secret: honestKey.secret, signer, identity, fragment: short };
  assert.deepEqual(sigGen({ ...input, kernel }), sigGen({ ...input, kernel: slowFieldKernel }));
});

test('PODR2-2: every field of the identity changes the id', () => {
  const base = stored.identity;
  const ids = new Set([Buffer.from(fragmentTagId(base)).toString('hex')]);
  for (const field of ['genesis', 'orderId', 'fileId', 'root', 'keyId'] as const) {
    ids.add(Buffer.from(fragmentTagId({ ...base, [field]: new Uint8Array(32).fill(99) })).toString('hex'));
  }
  for (const field of ['segment', 'fragment', 'replica', 'provider'] as const) {
    ids.add(Buffer.from(fragmentTagId({ ...base, [field]: 99 })).toString('hex'));
  }
  assert.equal(ids.size, 10);
});

test('fragments have 1 byte to 32 MiB', () => {
  assert.deepEqual(
    [1, blockSizeBytes, blockSizeBytes + 1, 8 << 20, 32 << 20].map(podr2BlockCount),
    [1, 1, 2, 265, 1058],
  );
  for (const length of [0, -1, 1.5, (32 << 20) + 1]) assert.throws(() => podr2BlockCount(length), /32 MiB/);
});
