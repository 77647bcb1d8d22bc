import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Header } from '@cess/chain-primitives';
import { CessError, InvariantError, noMetrics, silentLogger, systemTimers, webRng } from '@cess/primitives';
import './errors.js';
import { FinalizedFollower, type FinalizedFollowerInit } from './finalized-follower.js';

const hashOf = (number: number) => Uint8Array.of(number);

function setting(onHead: (number: number) => Promise<void> | void, options: Partial<FinalizedFollowerInit> = {}) {
  const fatal: unknown[] = [];
  const follower = new FinalizedFollower({
    timers: { nowMs: () => 0, sleep: () => Promise.resolve() },
    rng: webRng,
    logger: silentLogger,
    metrics: noMetrics,
    onFatal: (error) => void fatal.push(error),
    blockHash: async (number) => hashOf(number),
    header: async (hash) => ({ number: hash[0] }) as Header,
    onHead: ({ number }) => onHead(number),
    ...options,
  });
  return { follower, fatal };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await systemTimers.sleep(0);
}

describe('following finalized blocks', () => {
  it('a block that is announced at any moment of the last step of the one before is followed', async () => {
    for (let microtasks = 0; microtasks < 30; microtasks++) {
      const seen: number[] = [];
      const { follower } = setting((number) => {
        seen.push(number);
        if (number !== 1) return;
        let step = Promise.resolve();
        for (let i = 0; i < microtasks; i++) step = step.then(() => {});
        void step.then(() => follower.announce(2));
      });
      follower.start();
      follower.announce(1);
      await turns();
      assert.deepEqual(seen, [1, 2], `announced ${microtasks} microtasks later`);
      await follower.stop();
    }
  });

  it('a block whose callback fails for a while is repeated, and none is skipped', async () => {
    const seen: number[] = [];
    let failures = 0;
    const { follower } = setting(
      (number) => {
        if (number === 2 && failures++ < 2) throw new CessError('RPC_TIMEOUT', 'No answer.', {});
        seen.push(number);
      },
      { from: 1 },
    );
    follower.start();
    follower.announce(3);
    await turns();
    assert.deepEqual(seen, [1, 2, 3]);
    await follower.stop();
  });

  it('a bug in the callback reaches the fatal handler', async () => {
    const bug = new InvariantError('impossible');
    const { follower, fatal } = setting(() => {
      throw bug;
    });
    follower.start();
    follower.announce(1);
    await turns();
    assert.deepEqual(fatal, [bug]);
    await follower.stop();
  });
});
