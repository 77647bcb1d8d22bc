// GR-2: the graph finds the block that votes support, whatever their order and wherever forks lie. The scenarios are those of
// the tests of finality-grandpa's vote graph.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { VoteGraph } from '../index.js';
import { BlockTree, fuzzTree } from '../test-support/block-tree.js';

/** Weighs the votes by voter, as the tests state them. */
const atLeast =
  (threshold: number, ...weights: number[]) =>
  (bits: Uint32Array) =>
    weights.reduce((sum, weight, i) => sum + (bits[(2 * i) >>> 5]! & (1 << ((2 * i) % 32)) ? weight : 0), 0) >=
    threshold;

function vote(graph: VoteGraph, tree: BlockTree, ...targets: string[]): void {
  targets.forEach((target, voter) => {
    assert.ok(graph.insert(tree.ref(target), 2 * voter, tree), target);
  });
}

const forked = (trunk: string[], fork: string, left: string[], right: string[]) =>
  new BlockTree()
    .push('genesis', ...trunk)
    .push(fork, ...left)
    .push(fork, ...right);

describe('vote graph', () => {
  const early = forked(['A', 'B', 'C'], 'C', ['D1', 'E1', 'F1'], ['D2', 'E2', 'F2']);

  it('GR-2: a fork between edges makes no node', () => {
    const graph = new VoteGraph(early.ref('genesis'), 3);
    vote(graph, early, 'A', 'E1', 'F2');
    assert.deepEqual(graph.shape().get('A'), { below: 'genesis', above: ['E1', 'F2'] });
    assert.deepEqual(graph.findAncestor(early.ref('F2'), atLeast(3, 1, 1, 1)), early.ref('A'));
    assert.deepEqual(graph.findAncestor(early.ref('F2'), atLeast(2, 1, 1, 1)), early.ref('C'));
  });

  it('GR-2: a vote at a fork gives the same graph before and after the votes above it', () => {
    for (const order of [
      ['C', 'E1', 'F2'],
      ['E1', 'F2', 'C'],
    ]) {
      const graph = new VoteGraph(early.ref('genesis'), 3);
      vote(graph, early, ...order);
      const shape = graph.shape();
      assert.deepEqual(shape.get('C'), { below: 'genesis', above: ['E1', 'F2'] });
      assert.equal(shape.get('E1')?.below, 'C');
      assert.equal(shape.get('F2')?.below, 'C');
      assert.deepEqual(shape.get('genesis')?.above, ['C']);
      assert.deepEqual(graph.findAncestor(early.ref('F2'), atLeast(3, 1, 1, 1)), early.ref('C'));
    }
  });

  it('GR-2: GHOST merges at a node', () => {
    const graph = new VoteGraph(early.ref('genesis'), 4);
    vote(graph, early, 'B', 'C', 'E1', 'F2');
    const condition = atLeast(250, 0, 100, 100, 100);
    for (const from of [undefined, 'C', 'B']) {
      assert.deepEqual(graph.findGhost(from ? early.ref(from) : undefined, condition), early.ref('C'));
    }
  });

  it('GR-2: GHOST merges between nodes', () => {
    const tree = forked(['A', 'B', 'C', 'D', 'E', 'F'], 'F', ['G1', 'H1', 'I1'], ['G2', 'H2', 'I2']);
    const graph = new VoteGraph(tree.ref('genesis'), 3);
    vote(graph, tree, 'B', 'G1', 'H2');
    for (const from of [undefined, 'F', 'C', 'B']) {
      const ghost = graph.findGhost(from ? tree.ref(from) : undefined, atLeast(250, 0, 100, 150));
      assert.deepEqual(ghost, tree.ref('F'));
    }
  });

  it('GR-2: a vote in the middle of edges splits them and changes no answer', () => {
    const tree = new BlockTree()
      .push('genesis', 'A', 'B', 'C', 'D', 'E', 'F')
      .push('E', 'EA', 'EB', 'EC', 'ED')
      .push('F', 'FA', 'FB', 'FC');
    const graph = new VoteGraph(tree.ref('genesis'), 3);
    const condition = atLeast(10, 5, 7, 3);
    vote(graph, tree, 'FC', 'ED');
    assert.deepEqual(graph.shape().get('genesis')?.above, ['FC', 'ED']);
    assert.deepEqual(graph.findGhost(undefined, condition), tree.ref('E'));
    assert.ok(graph.insert(tree.ref('E'), 4, tree));
    assert.deepEqual(graph.shape().get('genesis')?.above, ['E']);
    assert.deepEqual(graph.shape().get('E')?.above, ['FC', 'ED']);
    for (const from of [undefined, 'C', 'E']) {
      assert.deepEqual(graph.findGhost(from ? tree.ref(from) : undefined, condition), tree.ref('E'));
    }
  });

  it('GR-2: walking back from a block on an edge finds the fork below', () => {
    const tall = forked(['A', 'B', 'C'], 'C', ['D1', 'E1', 'F1', 'G1', 'H1'], ['D2', 'E2', 'F2', 'G2', 'H2']);
    const graph = new VoteGraph(tall.ref('genesis'), 3);
    vote(graph, tall, 'B', 'F1', 'G2');
    for (const block of ['D1', 'D2', 'E1', 'E2', 'F1', 'F2', 'G2']) {
      assert.deepEqual(graph.findAncestor(tall.ref(block), atLeast(6, 10, 5, 5)), tall.ref('C'), block);
    }
    assert.equal(graph.findAncestor(tall.ref('H2'), atLeast(1, 10, 5, 5)), undefined, 'a block above all votes');
  });

  it('GR-2: walking back stops at a node that suffices', () => {
    const tall = forked(['A', 'B', 'C'], 'C', ['D1', 'E1', 'F1', 'G1', 'H1', 'I1'], ['D2', 'E2', 'F2']);
    const graph = new VoteGraph(tall.ref('genesis'), 4);
    vote(graph, tall, 'C', 'F1', 'F2', 'I1');
    for (const block of ['C', 'D1', 'D2', 'E1', 'E2', 'F1', 'F2', 'I1']) {
      assert.deepEqual(graph.findAncestor(tall.ref(block), atLeast(20, 10, 5, 5, 1)), tall.ref('C'), block);
    }
  });

  it('GR-2: the ancestor that is found is the highest, in any order of votes', () => {
    const tree = new BlockTree().push('genesis', 'A', 'A1').push('A', 'A2').push('genesis', 'B', 'B1').push('B', 'B2');
    const graph = new VoteGraph(tree.ref('genesis'), 4);
    vote(graph, tree, 'B1', 'B2', 'A1', 'A2');
    assert.deepEqual(graph.findAncestor(tree.ref('A'), atLeast(2, 1, 1, 1, 1)), tree.ref('A'));
  });

  it('GR-2: a block beside or below the base is no part of the graph', () => {
    const graph = new VoteGraph(early.ref('D1'), 1);
    for (const block of ['C', 'D2', 'F2', 'genesis']) {
      assert.equal(graph.reaches(early.ref(block), early), false);
      assert.equal(graph.insert(early.ref(block), 0, early), false);
    }
    assert.ok(graph.reaches(early.ref('F1'), early));
    assert.equal(graph.insert({ hash: 'unknown', number: 6 }, 0, early), false);
  });

  it('GR-2: the graph answers as counting every ancestor of every vote does', () => {
    const tree = fuzzTree();
    const names = tree.names;
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(...names),
        (targets, threshold, start) => {
          const graph = new VoteGraph(tree.ref('0'), targets.length);
          vote(graph, tree, ...targets);
          const support = new Map<string, number>();
          for (const target of targets) {
            for (let at: string | undefined = target; at !== undefined; at = tree.parentOf(at)) {
              support.set(at, (support.get(at) ?? 0) + 1);
            }
          }
          const enough = (name: string) => (support.get(name) ?? 0) >= threshold;
          const condition = atLeast(threshold, ...targets.map(() => 1));
          const ghost = graph.findGhost(undefined, condition);
          assert.equal(ghost !== undefined, enough('0'));
          if (ghost) {
            assert.ok(enough(ghost.hash));
            for (const name of names) assert.ok(tree.parentOf(name) !== ghost.hash || !enough(name));
          }
          if (!support.has(start)) return;
          let expected: string | undefined = start;
          while (expected !== undefined && !enough(expected)) expected = tree.parentOf(expected);
          assert.equal(graph.findAncestor(tree.ref(start), condition)?.hash, expected);
        },
      ),
      { seed: 77, numRuns: 2000 },
    );
  });
});
