import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCessError } from '@cess/primitives';
import { AutoTimers, turn } from '../test-support/auto-timers.js';
import { BackOff } from './back-off.js';
import { BackgroundLane, ForegroundActivity } from './background-lane.js';
import { Wakeup } from './wakeup.js';

function setting() {
  const timers = new AutoTimers();
  const activity = new ForegroundActivity(timers);
  return { timers, activity, lane: new BackgroundLane({ activity, timers }), signal: new AbortController().signal };
}

test('pieces of work run one after another, also after one has failed', async () => {
  const { lane, signal } = setting();
  const steps: string[] = [];
  const work =
    (name: string, fails = false) =>
    async () => {
      steps.push(`${name} begins`);
      await turn();
      steps.push(`${name} ends`);
      if (fails) throw new Error(name);
    };
  const first = lane.run(work('a', true), signal);
  const second = lane.run(work('b'), signal);
  await assert.rejects(first, /a/);
  await second;
  assert.deepEqual(steps, ['a begins', 'a ends', 'b begins', 'b ends']);
});

test('small pieces share a turn as far as there is room, in their order; large and urgent ones have theirs', async () => {
  const { lane, signal } = setting();
  const MiB = 1024 * 1024;
  let running: string[] = [];
  const turns: string[][] = [];
  const work = (name: string) => async () => {
    running.push(name);
    await turn();
    if (running.length > 0) turns.push(running);
    running = [];
  };
  const blocking = lane.run(work('first'), signal);
  const sizes = { a: 3 * MiB, b: 5 * MiB, c: 1, large: 20 * MiB, d: 1, e: 1 };
  const pieces = Object.entries(sizes).map(([name, bytes]) => lane.run(work(name), signal, { bytes }));
  const urgent = lane.run(work('urgent'), signal, { isUrgent: true, bytes: 1 });
  await Promise.all([blocking, urgent, ...pieces]);
  assert.deepEqual(turns, [['first'], ['urgent'], ['a', 'b'], ['c'], ['large'], ['d', 'e']]);
});

test('an upload interrupts all pieces of a turn; it was work done if one of them was done', async () => {
  const { timers, activity, lane, signal } = setting();
  const bytes = 1;
  let done = () => {};
  const first = lane.run(() => new Promise<void>((resolve) => (done = resolve)), signal);
  const given = [1, 2].map(() => lane.run(untilInterrupted, signal, { bytes }));
  const finished = lane.run(async () => {}, signal, { bytes });
  done();
  await Promise.all([first, finished]);
  const end = activity.begin();
  for (const piece of given) await assert.rejects(piece, /^Error: interrupted$/);
  const before = timers.ms;
  await lane.run(async () => {}, signal);
  assert.equal(timers.ms - before, 1_000, 'after the least rest');
  end();
});

test('work waits until uploads are over and two seconds have passed', async () => {
  const { timers, activity, lane, signal } = setting();
  await lane.run(async () => {
    timers.ms += 10_000;
  }, signal);
  const end = activity.begin();
  end();
  end();
  const before = timers.ms;
  await lane.run(async () => {}, signal);
  assert.equal(timers.ms - before, 2_000);
});

test('under constant load work gets a twentieth of the time', async () => {
  const { timers, activity, lane, signal } = setting();
  activity.begin();
  await lane.run(async () => {}, signal);
  const before = timers.ms;
  for (let i = 0; i < 20; i++) {
    await lane.run(async () => {
      timers.ms += 100;
    }, signal);
  }
  const share = (20 * 100) / (timers.ms - before);
  assert.ok(share > 0.04 && share < 0.06, String(share));
});

/** A piece that goes on until it is interrupted, and then gives up. */
async function untilInterrupted(interrupted: AbortSignal): Promise<never> {
  while (!interrupted.aborted) await turn();
  throw new Error('interrupted');
}

test('an upload interrupts a piece that began because it was quiet; it does not count as work done', async () => {
  const { timers, activity, lane, signal } = setting();
  const running = lane.run(untilInterrupted, signal);
  await turn();
  activity.begin();
  await assert.rejects(running, /^Error: interrupted$/);
  const before = timers.ms;
  await lane.run(async () => {}, signal);
  assert.equal(timers.ms - before, 10_000, 'it began when its patience ended, not a rest later');
});

test('a piece whose patience has ended is not interrupted', async () => {
  const { activity, lane, signal } = setting();
  activity.begin();
  const isInterrupted = await lane.run(async (interrupted) => {
    activity.begin();
    return interrupted.aborted;
  }, signal);
  assert.equal(isInterrupted, false);
});

test('a piece that goes on although it is interrupted counts as work done', async () => {
  const { timers, activity, lane, signal } = setting();
  await lane.run(async () => {
    activity.begin();
    timers.ms += 1_000;
  }, signal);
  const endedAtMs = timers.ms;
  await lane.run(async () => {}, signal);
  assert.equal(timers.ms - endedAtMs, 19_000);
});

test('what is urgent goes first, and interrupts what is not, due or not', async () => {
  const { activity, lane, signal } = setting();
  activity.begin();
  const steps: string[] = [];
  const note = (name: string) => async () => void steps.push(name);
  const running = lane.run(untilInterrupted, signal);
  const second = lane.run(note('b'), signal);
  for (let i = 0; i < 20; i++) await turn();
  const urgent = lane.run(note('urgent'), signal, { isUrgent: true });
  await assert.rejects(running, /^Error: interrupted$/);
  await Promise.all([second, urgent]);
  assert.deepEqual(steps, ['urgent', 'b']);
});

test('an interrupted piece is held while uploads go on, until it is quiet, due or over', async () => {
  const timers = new AutoTimers();
  const activity = new ForegroundActivity(timers);
  const holds: string[] = [];
  const since = timers.ms;
  const hold = (isHeld: boolean) => void holds.push(`${isHeld} after ${timers.ms - since}`);
  const lane = new BackgroundLane({ activity, timers, hold });
  const { signal } = new AbortController();
  const isOpen = () => holds.at(-1)?.startsWith('false') === true;
  let end = () => {};
  await lane.run(async () => {
    end = activity.begin();
    while (!isOpen()) await turn();
  }, signal);
  assert.deepEqual(holds.splice(0), ['true after 0', 'false after 10000'], 'it was due');
  end();
  timers.ms += 100_000;
  const before = timers.ms - since;
  await lane.run(async () => {
    activity.begin()();
    activity.begin()();
    while (!isOpen()) await turn();
  }, signal);
  assert.deepEqual(holds.splice(0), [`true after ${before}`, `false after ${before + 2_000}`], 'it was quiet');
  timers.ms += 100_000;
  await lane.run(async () => void activity.begin(), signal);
  await turn();
  await turn();
  assert.ok(isOpen(), 'it was over');
});

test('what is urgent is neither interrupted nor held by an upload', async () => {
  const timers = new AutoTimers();
  const activity = new ForegroundActivity(timers);
  const lane = new BackgroundLane({ activity, timers, hold: () => assert.fail('it was held') });
  const work = async (interrupted: AbortSignal) => {
    activity.begin();
    await turn();
    return interrupted.aborted;
  };
  assert.equal(await lane.run(work, new AbortController().signal, { isUrgent: true }), false);
});

test('an aborted piece is not begun and holds up no other', async () => {
  const { lane, signal } = setting();
  const aborted = lane.run(async () => assert.fail('it was begun'), AbortSignal.abort());
  await assert.rejects(aborted, (error) => isCessError(error, 'ABORTED'));
  await lane.run(async () => {}, signal);
});

test('who waits for another’s piece is let go at once when it is aborted', async () => {
  const { lane, signal } = setting();
  let end: () => void = () => {};
  const long = lane.run(() => new Promise<void>((resolve) => (end = resolve)), signal);
  const controller = new AbortController();
  const waiting = lane.run(async () => assert.fail('it was begun'), controller.signal);
  await turn();
  controller.abort();
  await assert.rejects(waiting, (error) => isCessError(error, 'ABORTED'));
  end();
  await long;
});

test('pauses double with each failure in a row up to the limit, and a success ends them', () => {
  const pauses = new BackOff(100, 1_000, 2);
  assert.equal(pauses.readyAtMs('a'), Number.NEGATIVE_INFINITY);
  const ready = Array.from({ length: 6 }, () => {
    pauses.failed('a', 0);
    return pauses.readyAtMs('a');
  });
  assert.deepEqual(ready, [100, 200, 400, 800, 1_000, 1_000]);
  pauses.succeeded('a');
  assert.equal(pauses.failures('a'), 0);
  for (const name of ['a', 'b', 'c']) pauses.failed(name, 0);
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => pauses.failures(name)),
    [0, 1, 1],
  );
});

test('a wake-up before the wait counts, and one wakes one wait', async () => {
  const timers = new AutoTimers();
  const wakeup = new Wakeup(timers);
  const { signal } = new AbortController();
  wakeup.wake();
  await wakeup.wait(5_000, signal);
  assert.deepEqual(timers.slept, []);
  const waiting = wakeup.wait(5_000, signal);
  wakeup.wake();
  await waiting;
  await wakeup.wait(7_000, signal);
  assert.deepEqual(timers.slept, [5_000, 7_000]);
});
