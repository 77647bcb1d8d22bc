// The timer of the voter: one wake-up, at the time named last.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Timers } from '@cess/primitives';
import { VoterTimer } from './voter-timer.js';

function setting() {
  let nowMs = 0;
  let pauses: { readonly atMs: number; readonly end: () => void }[] = [];
  const timers: Timers = {
    nowMs: () => nowMs,
    sleep: (ms) => new Promise((resolve) => pauses.push({ atMs: nowMs + ms, end: resolve })),
  };
  const ticks: number[] = [];
  const timer = new VoterTimer(timers, () => ticks.push(nowMs));
  const pass = async (toMs: number) => {
    for (; nowMs < toMs; nowMs++) {
      const due = pauses.filter(({ atMs }) => atMs <= nowMs);
      pauses = pauses.filter(({ atMs }) => atMs > nowMs);
      for (const { end } of due) end();
      await new Promise(setImmediate);
    }
  };
  return { timer, ticks, pass, pauses: () => pauses.length };
}

describe('the timer of the voter', () => {
  it('wakes once, at the later time, with one pause at a time', async () => {
    const { timer, ticks, pass, pauses } = setting();
    void timer.wakeAt(10);
    await pass(5);
    void timer.wakeAt(20);
    assert.equal(pauses(), 1);
    await pass(40);
    assert.deepEqual(ticks, [20]);
  });

  it('wakes at an earlier time, and not again at the one before', async () => {
    const { timer, ticks, pass } = setting();
    void timer.wakeAt(30);
    await pass(5);
    void timer.wakeAt(10);
    await pass(50);
    assert.deepEqual(ticks, [10]);
  });

  it('does not wake after it was stopped', async () => {
    const { timer, ticks, pass } = setting();
    void timer.wakeAt(10);
    timer.stop();
    await pass(20);
    assert.deepEqual(ticks, []);
  });
});
