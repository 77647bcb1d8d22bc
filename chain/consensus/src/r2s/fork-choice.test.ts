// R2S-5, CHAIN-5: which chain a node builds on (docs/protocol/r2s.md §6).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bestHead, compareHeads, containsBlock, type ForkBlock } from '../index.js';
import { TestTree } from '../test-support/fork.js';

/** A tree of up to 25 blocks: each extends one of the earlier ones, 1 to 3 slots later. */
const anyTree = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 3 })), { maxLength: 24 }).map((steps) => {
  const tree = new TestTree();
  for (const [i, [parent, later]] of steps.entries()) {
    const from = tree.blocks[parent % tree.blocks.length]!;
    tree.extend(from, from.slot + BigInt(later), `block ${i}`);
  }
  return tree;
});

describe('the fork choice', () => {
  it('RS-6.2: the chain with more blocks is better, even if its blocks are later', () => {
    const tree = new TestTree();
    const short = tree.extend(tree.root, 101n, 'a');
    const long = tree.extend(tree.extend(tree.root, 105n, 'b'), 109n, 'c');
    assert.deepEqual(bestHead(tree, [short, long], tree.root), long);
    assert.ok(compareHeads(tree, long, short) < 0);
  });

  it('RS-6.3: of chains of one length the one whose first different block has the earlier slot is better', () => {
    const tree = new TestTree();
    const common = tree.extend(tree.root, 101n, 'common');
    const early = tree.extend(tree.extend(common, 102n, 'a'), 109n, 'b');
    const late = tree.extend(tree.extend(common, 103n, 'c'), 104n, 'd');
    assert.deepEqual(bestHead(tree, [late, early], tree.root), early);
  });

  it('RS-6.4: of two blocks of one slot the one with the lower hash is better, whatever follows', () => {
    const tree = new TestTree();
    const low = tree.extend(tree.root, 101n, 'low', new Uint8Array(32).fill(1));
    const high = tree.extend(tree.root, 101n, 'high', new Uint8Array(32).fill(2));
    assert.deepEqual(bestHead(tree, [high, low], tree.root), low);
    const lowHead = tree.extend(low, 109n, 'a');
    const highHead = tree.extend(high, 102n, 'b');
    assert.deepEqual(bestHead(tree, [highHead, lowHead], tree.root), lowHead);
  });

  it('RS-6.1: a chain without the last finalized block is never chosen, however long it is', () => {
    const tree = new TestTree();
    const finalized = tree.extend(tree.root, 105n, 'finalized');
    let foreign = tree.root;
    for (let i = 1; i < 9; i++) foreign = tree.extend(foreign, 100n + BigInt(i), `foreign ${i}`);
    assert.deepEqual(bestHead(tree, [foreign, finalized], finalized), finalized);
    assert.equal(bestHead(tree, [foreign], finalized), undefined);
    assert.equal(bestHead(tree, [tree.root], finalized), undefined, 'an ancestor does not contain it');
    const unknown: ForkBlock = { ...foreign, hash: new Uint8Array(32).fill(8), parentHash: new Uint8Array(32).fill(9) };
    assert.equal(bestHead(tree, [unknown], finalized), undefined, 'a chain with a gap contains nothing below it');
    assert.throws(() => compareHeads(tree, unknown, foreign), /meet in a block/);
  });

  it('RS-6.5: it orders any heads totally, so that nodes with the same blocks choose the same head', () => {
    fc.assert(
      fc.property(anyTree, fc.nat(), (tree, turn) => {
        const { blocks } = tree;
        for (const a of blocks) {
          for (const b of blocks) {
            const order = Math.sign(compareHeads(tree, a, b));
            assert.equal(order, -Math.sign(compareHeads(tree, b, a)) || 0);
            assert.equal(order === 0, a === b);
          }
        }
        const sorted = blocks.toSorted((a, b) => compareHeads(tree, a, b));
        for (const [i, a] of sorted.entries())
          for (const b of sorted.slice(i + 1)) assert.ok(compareHeads(tree, a, b) < 0, 'the order is transitive');
        const rotated = blocks.map((_, i) => blocks[(i + turn) % blocks.length]!);
        assert.equal(bestHead(tree, rotated, tree.root), sorted[0]);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('RS-6.1: with any finalized block the choice contains it, and is the best of those that do', () => {
    fc.assert(
      fc.property(anyTree, fc.nat(), (tree, nth) => {
        const finalized = tree.blocks[nth % tree.blocks.length]!;
        const best = bestHead(tree, tree.blocks, finalized)!;
        assert.equal(containsBlock(tree, best, finalized), true);
        for (const other of tree.blocks)
          if (containsBlock(tree, other, finalized)) assert.ok(compareHeads(tree, best, other) <= 0);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('RS-6.5: a chain that a block extends does not become worse', () => {
    fc.assert(
      fc.property(anyTree, (tree) => {
        const before = bestHead(tree, tree.blocks, tree.root)!;
        const after = tree.extend(before, before.slot + 9n, 'next');
        assert.equal(bestHead(tree, tree.blocks, tree.root), after);
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});
