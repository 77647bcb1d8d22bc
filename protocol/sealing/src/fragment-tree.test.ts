import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCessError, toHex } from '@cess/primitives';
import fc from 'fast-check';
import {
  createBlockProof,
  FragmentHasher,
  type FragmentRoot,
  fragmentRootFromShardHashes,
  fragmentRootFromTreeRoot,
  fragmentRootOf,
  treeRootOf,
  verifyBlockProof,
} from './index.js';
import { slowFragmentRoot, slowTreeRoot } from './test-support/slow-fragment-tree.js';

const MiB = 1_048_576;

/** Repeatable bytes that differ from block to block. */
function testBytes(length: number, salt = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  let x = 0x9e3779b9 ^ salt;
  for (let i = 0; i < length; i++) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

const lengths = fc.oneof(
  fc.integer({ min: 0, max: 70_000 }),
  fc
    .integer({ min: 0, max: 40 })
    .chain((blocks) => fc.integer({ min: -1, max: 1 }).map((d) => Math.max(0, blocks * 4096 + d))),
);

test('tree root and fragment root equal the rule written out slowly', () => {
  fc.assert(
    fc.property(lengths, (length) => {
      const bytes = testBytes(length);
      assert.deepEqual(treeRootOf(bytes), slowTreeRoot(bytes));
      assert.deepEqual(fragmentRootOf(bytes), slowFragmentRoot(bytes));
    }),
    { seed: 4, numRuns: 150 },
  );
});

test('the streaming hasher gives the same root, length and shard hashes for any cutting into chunks', () => {
  fc.assert(
    fc.property(lengths, fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 20 }), (length, cuts) => {
      const bytes = testBytes(length, 1);
      const hasher = new FragmentHasher();
      let at = 0;
      for (const cut of cuts) {
        hasher.update(bytes.subarray(at, at + cut));
        at = Math.min(length, at + cut);
      }
      hasher.update(bytes.subarray(at));
      const result = hasher.finish();
      assert.deepEqual(result.root, slowFragmentRoot(bytes));
      assert.equal(result.length, length);
      assert.deepEqual(result.shardHashes, [slowTreeRoot(bytes)]);
    }),
    { seed: 5, numRuns: 150 },
  );
});

test('the tree root over shard hashes is the tree root over leaves, for any number of shards and any last shard', () => {
  for (const length of [MiB - 1, MiB, MiB + 1, 2 * MiB, 3 * MiB, 3 * MiB + 4097, 5 * MiB + 12_345, 7 * MiB - 4096]) {
    const bytes = testBytes(length, 2);
    const hasher = new FragmentHasher();
    for (let at = 0; at < length; at += 65_536) hasher.update(bytes.subarray(at, at + 65_536));
    const { root, shardHashes } = hasher.finish();
    const expected: Uint8Array[] = [];
    for (let at = 0; at < length; at += MiB) expected.push(slowTreeRoot(bytes.subarray(at, at + MiB)));
    assert.deepEqual(shardHashes, expected);
    assert.deepEqual(
      shardHashes.map((_, i) => treeRootOf(bytes.subarray(i * MiB, (i + 1) * MiB))),
      expected,
    );
    assert.deepEqual(root, slowFragmentRoot(bytes), `length ${length}`);
    assert.deepEqual(fragmentRootFromShardHashes(shardHashes, length), root);
  }
});

test('known roots: the empty fragment, one byte, one block, two blocks and a byte', () => {
  assert.equal(
    toHex(fragmentRootOf(new Uint8Array(0))),
    '6a395c379b6c6af08487ba76e8df83cc8edc1c19c27069aef41d0a9ba8d2660e',
  );
  assert.equal(
    toHex(fragmentRootOf(new Uint8Array(1))),
    'fe73ebef942628148d47e052caae1d325caff3d89d5232d874520a6f4233e76a',
  );
  assert.equal(
    toHex(fragmentRootOf(new Uint8Array(4096))),
    '8aca4bb15d81671bd9c914c77ed97a05bd3be68215bfbe34012cf6a5e12f1cde',
  );
  assert.equal(
    toHex(fragmentRootOf(new Uint8Array(8193))),
    'e24a8e103602f31fc91023600d8ecfdd92bee5fb4270764f3513d0fb40436a77',
  );
});

test('the same tree root under another length is another fragment', () => {
  const bytes = testBytes(5000);
  assert.notDeepEqual(fragmentRootFromTreeRoot(treeRootOf(bytes), 5001), fragmentRootOf(bytes));
});

test('every block of a fragment has a proof that verifies', () => {
  for (const length of [0, 1, 4096, 4097, 3 * 4096, 5 * 4096 + 1, 11 * 4096, 16 * 4096]) {
    const bytes = testBytes(length, 3);
    const root = fragmentRootOf(bytes);
    for (let i = 0; i < Math.max(1, Math.ceil(length / 4096)); i++) {
      const block = bytes.subarray(i * 4096, (i + 1) * 4096);
      assert.equal(verifyBlockProof(root, length, i, block, createBlockProof(bytes, i)), true, `${length}/${i}`);
    }
  }
});

test('a block proof for another block, place, length or root, or with a hash changed, missing or added, is refused', () => {
  const length = 11 * 4096 + 77;
  const bytes = testBytes(length, 4);
  const root = fragmentRootOf(bytes);
  for (const i of [0, 5, 10, 11]) {
    const block = bytes.slice(i * 4096, (i + 1) * 4096);
    const proof = createBlockProof(bytes, i);
    const verify = (over: {
      root?: FragmentRoot;
      length?: number;
      index?: number;
      block?: Uint8Array;
      proof?: Uint8Array[];
    }) =>
      verifyBlockProof(
        over.root ?? root,
        over.length ?? length,
        over.index ?? i,
        over.block ?? block,
        over.proof ?? proof,
      );
    assert.equal(verify({}), true);
    const flipped = block.slice();
    flipped[9]! ^= 1;
    assert.equal(verify({ block: flipped }), false);
    assert.equal(verify({ block: block.subarray(1) }), false);
    assert.equal(verify({ index: i ^ 1 }), false);
    assert.equal(verify({ index: 12 }), false);
    assert.equal(verify({ index: -1 }), false);
    assert.equal(verify({ index: 0.5 }), false);
    assert.equal(verify({ length: length + 4096 }), false);
    assert.equal(verify({ length: Number.NaN }), false);
    assert.equal(verify({ root: fragmentRootOf(block) }), false);
    assert.equal(verify({ proof: proof.slice(1) }), false);
    assert.equal(verify({ proof: [...proof, new Uint8Array(32)] }), false);
    assert.equal(verify({ proof: proof.map((hash, at) => (at === 1 ? hash.map((byte) => byte ^ 1) : hash)) }), false);
    assert.equal(verify({ proof: proof.map((hash) => hash.subarray(1)) }), false);
  }
  assert.throws(
    () => createBlockProof(bytes, 12),
    (error) => isCessError(error, 'BLOCK_INDEX'),
  );
});
