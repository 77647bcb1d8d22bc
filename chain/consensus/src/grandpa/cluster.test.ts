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

  for (const voters of [1, 4]) {
    it(`GR-82: ${voters} voters that end with a vote beside the key and not in the record say it again, and go on`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const cluster = new Cluster({ seed, voters });
        cluster.run(1_000 + 97 * seed);
        let ended = 0;
        for (const { index } of cluster.nodes) {
          // The last ones of four wait for votes of the first ones.
          if (cluster.run(cluster.nowMs + 5_000, () => cluster.nodes[index]!.isBetweenWrites)) ended++;
          cluster.crash(index);
        }
        assert.ok(ended > voters / 4);
        for (const { index } of cluster.nodes) cluster.start(index);
        const target = Math.max(...finalizedHeights(cluster)) + 5;
        assert.ok(cluster.run(cluster.nowMs + 60_000, isUpTo(cluster, target)), `seed ${seed}`);
        assert.equal(cluster.proven.size, 0, 'nobody is accused');
      }
    });
  }

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

  it('GR-61: with more twins than a set tolerates two branches become final; honest voters halt, and the twins are proven', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const cluster = new Cluster({ seed, voters: 4, twins: [0, 1], isConflictNoted: true });
      cluster.run(3_000);
      // Each half has both keys that vote twice, and one honest voter: a quorum of three.
      cluster.isLinked = (from, to) => [0, 1, 2].includes(from) === [0, 1, 2].includes(to);
      cluster.run(20_000);
      assert.ok(cluster.hasConflict, `seed ${seed}`);
      assert.equal(cluster.halted.size, 0);
      cluster.isLinked = () => true;
      assert.ok(
        cluster.run(60_000, () => cluster.halted.has(2) || cluster.halted.has(3)),
        `seed ${seed}: somebody halts`,
      );
      cluster.run(90_000);
      assert.deepEqual([...cluster.proven].sort(), [keyOf(0), keyOf(1)], 'more than a third, and nobody else');
    }
  });

  it('GR-71, GR-80: random losses, partitions, crashes, twins and set changes break nothing', () => {
    for (let seed = 1; seed <= 15; seed++) {
      const random = seededRandom(7 * seed + 1);
      const voters = 4 + Math.floor(random() * 8);
      const twins = [...Array(Math.floor(random() * (Math.floor((voters - 1) / 3) + 1))).keys()].map((i) => 2 * i);
      const all = [...Array(voters).keys()];
      const changes = random() < 0.5 ? { 6: setOf(...all), 14: setOf(...all) } : {};
      const delays = { maxDelayMs: 50 + random() * 2000, loss: random() * 0.4, forks: random() * 0.4 };
      const cluster = new Cluster({ seed, voters, twins, changes, ...delays });
      const honest = all.filter((index) => !twins.includes(index));
      for (let i = 0; i < 12; i++) {
        cluster.run(cluster.nowMs + random() * 3000);
        const choice = random();
        if (choice < 0.4) {
          const index = honest[Math.floor(random() * honest.length)]!;
          cluster.crash(index);
          cluster.run(cluster.nowMs + random() * 1500);
          cluster.start(index);
        } else if (choice < 0.6) {
          const parts = 2 + Math.floor(random() * 2);
          cluster.isLinked = (from, to) => from % parts === to % parts;
        } else if (choice < 0.7) {
          const mute = Math.floor(random() * voters);
          cluster.isLinked = (from) => from !== mute;
        } else cluster.isLinked = () => true;
      }
      cluster.isLinked = () => true;
      cluster.loss = 0;
      const target = Math.max(...finalizedHeights(cluster)) + 4;
      assert.ok(
        cluster.run(cluster.nowMs + 120_000, isUpTo(cluster, target)),
        `seed ${seed}: ${finalizedHeights(cluster)}`,
      );
      for (const key of cluster.proven)
        assert.ok(twins.map(keyOf).includes(key), `seed ${seed}: an honest voter is accused`);
    }
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
    [node.record, node.lastVote] = [undefined, undefined];
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
