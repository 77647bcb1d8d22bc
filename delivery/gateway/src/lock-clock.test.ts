// The clock of object lock against a clock that jumps and a chain that is away.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { LockClock } from './lock-clock.js';
import { testPorts } from './test-support/test-gateway.js';

let nowMs: number;
let chain: { isConnected: boolean; timeMs: number; finalizedTimeMs(): Promise<number> };
let clock: LockClock;
beforeEach(() => {
  nowMs = 1000;
  chain = {
    isConnected: true,
    timeMs: 990,
    async finalizedTimeMs() {
      return this.timeMs;
    },
  };
  clock = new LockClock({ ...testPorts, timers: { ...testPorts.timers, nowMs: () => nowMs }, chain });
});

describe('the lock clock', () => {
  it('stands at zero until the chain has answered', async () => {
    chain.isConnected = false;
    await clock.refresh();
    assert.equal(clock.timeMs(), 0);
    chain.isConnected = true;
    await clock.refresh();
    assert.equal(clock.timeMs(), 990);
  });

  it('does not follow a machine clock that jumps ahead and back', async () => {
    await clock.refresh();
    nowMs = 1_000_000;
    assert.equal(clock.timeMs(), 990);
    nowMs = 500;
    assert.equal(clock.timeMs(), 500);
  });

  it('does not follow a chain whose time is ahead, nor a node that is behind', async () => {
    chain.timeMs = 5000;
    await clock.refresh();
    assert.equal(clock.timeMs(), 1000);
    nowMs = 6000;
    chain.timeMs = 10;
    await clock.refresh();
    assert.equal(clock.timeMs(), 5000);
  });
});
