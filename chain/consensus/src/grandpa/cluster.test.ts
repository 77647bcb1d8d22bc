// GR-10 to GR-15, GR-70 to GR-83 among several voters: safety at every effect and liveness when the network lets them, by seed.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cluster, keyOf, seededRandom } from '../test-support/voter-cluster.js';
import { setOf } from '../test-support/voter-drive.js';

const isUpTo = (cluster: Cluster, height: number) => () =>
  cluster.nodes.every((node) => node.voter === undefined || node.finalized.number >= height);

const finalizedHeights = (cluster: Cluster) => cluster.nodes.map(({ finalized }) => finalized.number);

describe('a cluster of voters', () => {
  for (const voters of [1, 4, 7]) {
    it(`GR-15: ${voters} voters finalize what they build, two blocks behind at most`, () => {
      const cluster = new Cluster({ seed: voters, voters });
      cluster.run(60_000);
      const heights = finalizedHeights(cluster);
      assert.ok(Math.min(...heights) >= 56, String(heights));
      assert.equal(cluster.proven.size, 0);
    });
  }

  it('GR-15: the most failures that 4 and 7 voters tolerate stop nothing', () => {
    for (const [voters, down] of [
      [4, 1],
      [7, 2],
    ] as const) {
      const cluster = new Cluster({ seed: 9, voters });
      cluster.run(500);
      for (let i = 0; i < down; i++) cluster.crash(i);
      cluster.run(60_000);
      const heights = finalizedHeights(cluster).slice(down);
      const best = Math.max(...[...cluster.blocks.values()].map(({ block }) => block.number));
      assert.ok(Math.min(...heights) >= best - 3, `${heights} of ${best}`);
    }
  });

  it('GR-15: one failure more stops finality, and it resumes when the voter returns', () => {
    const cluster = new Cluster({ seed: 3, voters: 4 });
    cluster.run(10_000);
    cluster.crash(0);
    cluster.crash(1);
    cluster.run(12_000);
    const stopped = finalizedHeights(cluster);
    cluster.run(60_000);
    assert.deepEqual(finalizedHeights(cluster), stopped);
    cluster.start(0);
    assert.ok(cluster.run(80_000, isUpTo(cluster, 30)), String(finalizedHeights(cluster)));
  });

  it('GR-71: messages that are lost, delayed and overtaken delay finality, and no more', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = new Cluster({ seed, voters: seed % 2 ? 4 : 7, loss: 0.3, maxDelayMs: 1500, forks: 0.2 });
      cluster.run(60_000);
      cluster.loss = 0;
      const target = Math.max(...finalizedHeights(cluster)) + 5;
      assert.ok(cluster.run(120_000, isUpTo(cluster, target)), `seed ${seed}: ${finalizedHeights(cluster)}`);
    }
  });

  it('GR-71: halves that were cut off from each other agree after they are joined', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = new Cluster({ seed, voters: 7, forks: 0.1 });
      cluster.run(5_000 + 100 * seed);
      cluster.isLinked = (from, to) => from % 2 === to % 2;
      cluster.run(40_000);
      const before = Math.max(...finalizedHeights(cluster));
      assert.ok(before <= 8, `no half of 7 is a quorum: ${before}`);
      cluster.isLinked = () => true;
      assert.ok(cluster.run(60_000, isUpTo(cluster, 20)), `seed ${seed}: ${finalizedHeights(cluster)}`);
    }
  });

  it('GR-80, GR-81: voters that crash at any moment never vote twice, and go on', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const cluster = new Cluster({ seed, voters: 4, loss: 0.05, forks: 0.1 });
      const random = seededRandom(1000 + seed);
      for (let i = 0; i < 30; i++) {
        cluster.run(cluster.nowMs + Math.floor(random() * 2000));
        const index = Math.floor(random() * 4);
        cluster.crash(index);
        cluster.run(cluster.nowMs + Math.floor(random() * 1000));
        cluster.start(index);
      }
      cluster.loss = 0;
      const target = Math.max(...finalizedHeights(cluster)) + 5;
      assert.ok(cluster.run(cluster.nowMs + 60_000, isUpTo(cluster, target)), `seed ${seed}`);
      assert.equal(cluster.proven.size, 0, 'nobody is accused');
    }
  });

  it('GR-60: a key that votes in two places is proven guilty, and nobody else; the others go on', () => {
    let guilty = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const voters = seed % 2 ? 4 : 7;
      const cluster = new Cluster({ seed, voters, twins: voters === 4 ? [1] : [1, 4], forks: 0.3, loss: 0.05 });
      // The twins see different halves of the network for a while.
      cluster.run(3_000);
      cluster.isLinked = (from, to) => from % 2 === to % 2 || (from + to) % 3 === 0;
      cluster.run(30_000);
      cluster.isLinked = () => true;
      cluster.loss = 0;
      const target = Math.max(...finalizedHeights(cluster)) + 5;
      assert.ok(cluster.run(90_000, isUpTo(cluster, target)), `seed ${seed}: ${finalizedHeights(cluster)}`);
      for (const key of cluster.proven) assert.ok([keyOf(1), keyOf(4)].includes(key), 'only twins are accused');
      if (cluster.proven.size > 0) guilty++;
    }
    assert.ok(guilty > 0, 'some twin was caught');
  });

  it('GR-50: a set change takes effect where it is announced, and everyone follows', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const changes = { 8: setOf(0, 1, 2, 3, 4), 16: setOf(2, 3, 4, 5, 6), 24: setOf(0, 1, 2, 3, 4, 5, 6) };
      const cluster = new Cluster({ seed, voters: 7, changes, forks: 0.1, loss: seed % 2 ? 0.1 : 0 });
      assert.ok(cluster.run(90_000, isUpTo(cluster, 30)), `seed ${seed}: ${finalizedHeights(cluster)}`);
      for (const node of cluster.nodes) {
        assert.equal(node.voter?.setId, 3);
        const enacted = node.effects.flatMap((each) =>
          each.type === 'finalize' && each.change ? [each.block.number] : [],
        );
        assert.deepEqual(enacted, [8, 16, 24]);
      }
    }
  });

  it('GR-50: a voter that was away during set changes is led over them one by one', () => {
    const cluster = new Cluster({ seed: 5, voters: 4, changes: { 10: setOf(0, 1, 2, 3) } });
    cluster.run(5_000);
    cluster.crash(3);
    cluster.run(20_000);
    cluster.start(3);
    assert.ok(cluster.run(60_000, isUpTo(cluster, 30)), String(finalizedHeights(cluster)));
    assert.equal(cluster.nodes[3]?.voter?.setId, 1);
  });

  it('GR-82: a voter whose database is of another epoch stays silent until a later set, and is never accused', () => {
    const change = setOf(0, 1, 2, 3);
    const cluster = new Cluster({ seed: 11, voters: 4, changes: { 40: change } });
    cluster.run(10_000);
    cluster.crash(2);
    const node = cluster.nodes[2]!;
    node.record = undefined;
    cluster.start(2);
    assert.equal(node.voter?.isVoting, false);
    cluster.run(20_000);
    assert.equal(node.voter?.isVoting, false);
    assert.ok(node.finalized.number > 10, 'it still follows');
    cluster.crash(2);
    cluster.start(2);
    assert.equal(node.voter?.isVoting, false, 'a restart does not end the silence');
    assert.ok(cluster.run(70_000, () => node.voter?.isVoting === true));
    assert.equal(node.voter?.setId, 1);
    assert.equal(cluster.proven.size, 0);
  });

  it('the same seed gives the same run', () => {
    const trace = () => {
      const cluster = new Cluster({ seed: 21, voters: 4, loss: 0.2, forks: 0.2, twins: [2] });
      cluster.run(20_000);
      return JSON.stringify([cluster.steps, finalizedHeights(cluster), [...cluster.blocks.keys()]]);
    };
    assert.equal(trace(), trace());
  });
});
