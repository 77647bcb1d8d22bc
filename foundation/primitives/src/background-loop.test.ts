import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aborted,
  BackgroundLoop,
  type BackgroundLoopInit,
  CessError,
  createDeferred,
  type DataOf,
  declareErrors,
  InvariantError,
  noMetrics,
  runCleanups,
  SetAside,
  silentLogger,
  type Timers,
} from './index.js';

const errors = declareErrors({
  LOOP_BUSY: { meaning: 'It is busy.', remedy: 'Wait.', retryable: true },
  LOOP_REFUSED: { meaning: 'It was refused.', remedy: 'None.', retryable: false },
});

declare module './index.js' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}

/** Sleeps end when the test says so. */
class ManualTimers implements Timers {
  readonly slept: number[] = [];
  #wake: (() => void) | undefined;

  nowMs(): number {
    return 0;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(ms);
    return new Promise((resolve, reject) => {
      this.#wake = resolve;
      signal?.addEventListener('abort', () => reject(aborted()), { once: true });
    });
  }

  /** Ends the sleep under way, as time does. */
  async elapse(): Promise<void> {
    this.#wake?.();
    await turns();
  }
}

async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

function setting(task: BackgroundLoopInit['task'], options: Partial<BackgroundLoopInit> = {}) {
  const timers = new ManualTimers();
  const fatal: unknown[] = [];
  const counted: string[] = [];
  const metrics = {
    ...noMetrics,
    counter: () => ({
      add: (_amount: number, ...labels: readonly unknown[]) => void counted.push(JSON.stringify(labels)),
    }),
  };
  const ports = {
    timers,
    rng: { bytes: (length: number) => new Uint8Array(length).fill(255) },
    logger: silentLogger,
    metrics,
    onFatal: (error: unknown) => void fatal.push(error),
  };
  const loop = new BackgroundLoop({ name: 'test', task, ...ports, ...options });
  return { loop, timers, fatal, counted, ports };
}

describe('background loop', () => {
  it('runs at once, then after every period, until it is stopped', async () => {
    let runs = 0;
    const { loop, timers } = setting(async () => void runs++, { periodMs: 50 });
    loop.start();
    await turns();
    await timers.elapse();
    assert.deepEqual([runs, timers.slept], [2, [50, 50]]);
    await loop.stop();
    await turns();
    assert.equal(runs, 2);
  });

  it('a loop without a period runs only when triggered', async () => {
    let runs = 0;
    const { loop, timers } = setting(async () => void runs++);
    loop.start();
    await turns();
    assert.equal(runs, 0);
    loop.trigger();
    await turns();
    assert.deepEqual([runs, timers.slept], [1, []]);
    await loop.stop();
  });

  it('a trigger before the start is not lost', async () => {
    let runs = 0;
    const { loop } = setting(async () => void runs++);
    loop.trigger();
    loop.start();
    await turns();
    assert.equal(runs, 1);
    await loop.stop();
  });

  it('a closed gate keeps it from running, and it leaves the gate after every run', async () => {
    let isOpen = false;
    let inside = 0;
    const seen: number[] = [];
    const gate = {
      enter: () => {
        if (!isOpen) return undefined;
        inside++;
        return () => {
          inside--;
        };
      },
    };
    const { loop, timers } = setting(async () => void seen.push(inside), { periodMs: 50, gate });
    loop.start();
    await turns();
    assert.deepEqual(seen, []);
    isOpen = true;
    await timers.elapse();
    assert.deepEqual([seen, inside], [[1], 0]);
    await timers.elapse();
    assert.deepEqual([seen, inside], [[1, 1], 0]);
    isOpen = false;
    await timers.elapse();
    assert.equal(seen.length, 2);
    await loop.stop();
  });

  it('leaves the gate when the work fails', async () => {
    let inside = 0;
    const gate = {
      enter: () => {
        inside++;
        return () => {
          inside--;
        };
      },
    };
    const task = async () => {
      throw new CessError('LOOP_BUSY', 'busy');
    };
    const { loop } = setting(task, { periodMs: 50, gate });
    loop.start();
    await turns();
    assert.equal(inside, 0);
    await loop.stop();
  });

  it('triggers during a run cause exactly one more run', async () => {
    let runs = 0;
    const first = createDeferred<void>();
    const { loop } = setting(async () => {
      if (++runs === 1) await first.promise;
    });
    loop.start();
    loop.trigger();
    await turns();
    loop.trigger();
    loop.trigger();
    first.resolve();
    await turns();
    assert.equal(runs, 2);
    await loop.stop();
  });

  it('a trigger in the last turn of a run, when its work is done already, causes one more run', async () => {
    let runs = 0;
    const { loop } = setting(async () => {
      if (++runs > 1) return;
      await Promise.resolve();
      queueMicrotask(() => loop.trigger());
    });
    loop.trigger();
    loop.start();
    await turns();
    assert.equal(runs, 2);
    await loop.stop();
  });

  it('a task that asks for another run gets it without a pause', async () => {
    let runs = 0;
    const { loop, timers } = setting(async () => (++runs < 3 ? 'again' : undefined), { periodMs: 50 });
    loop.start();
    await turns();
    assert.deepEqual([runs, timers.slept], [3, [50]]);
    await loop.stop();
  });

  it('retryable errors are counted and retried with pauses that double up to the limit; a success resets them', async () => {
    let runs = 0;
    const task = async () => {
      if (++runs !== 4) throw new CessError('LOOP_BUSY', 'later');
    };
    const { loop, timers, counted, fatal } = setting(task, { periodMs: 7, backOff: { leastMs: 100, mostMs: 250 } });
    loop.start();
    await turns();
    for (let i = 0; i < 4; i++) await timers.elapse();
    assert.deepEqual(timers.slept, [100, 200, 250, 7, 100]);
    assert.equal(counted.filter((labels) => labels.includes('LOOP_BUSY')).length, 4);
    assert.deepEqual(fatal, []);
    await loop.stop();
  });

  it('a trigger waits for the end of the back-off, retryNow does not', async () => {
    let runs = 0;
    const { loop, timers } = setting(async () => {
      if (++runs < 3) throw new CessError('LOOP_BUSY', 'later');
    });
    loop.trigger();
    loop.start();
    await turns();
    loop.trigger();
    await turns();
    assert.equal(runs, 1);
    await timers.elapse();
    assert.equal(runs, 2);
    loop.retryNow();
    await turns();
    assert.equal(runs, 3);
    await loop.stop();
  });

  for (const [what, error] of [
    ['a broken invariant', new InvariantError('impossible')],
    ['a TypeError', new TypeError('undefined is not a function')],
    ['an error that is declared as lasting', new CessError('LOOP_REFUSED', 'no')],
  ] as const) {
    it(`${what} ends the loop and reaches the fatal handler`, async () => {
      let runs = 0;
      const { loop, fatal } = setting(
        async () => {
          runs++;
          throw error;
        },
        { periodMs: 1 },
      );
      loop.start();
      await turns();
      assert.deepEqual([runs, fatal], [1, [error]]);
      await loop.stop();
    });
  }

  it('stop aborts the task and waits for it', async () => {
    let ended = false;
    const { loop, fatal } = setting(async (signal) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      await turns();
      ended = true;
      throw aborted();
    });
    loop.trigger();
    loop.start();
    await turns();
    await loop.stop();
    assert.deepEqual([ended, fatal], [true, []]);
  });

  it('a bug that shows while the loop stops still reaches the fatal handler', async () => {
    const { loop, fatal } = setting(async (signal) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      throw new InvariantError('impossible');
    });
    loop.trigger();
    loop.start();
    await turns();
    await loop.stop();
    assert.equal(fatal.length, 1);
  });
});

describe('records that are set aside', () => {
  const refused = async () => {
    throw new CessError('LOOP_REFUSED', 'no');
  };

  it('a record that cannot be processed is set aside, listed, and skipped until it is retried', async () => {
    const { ports } = setting(async () => {});
    const aside = new SetAside('test', ports);
    let works = 0;
    const work = async () => {
      works++;
      await refused();
    };
    assert.equal(await aside.attempt('a', work), false);
    assert.equal(await aside.attempt('a', work), false);
    assert.equal(await aside.attempt('b', async () => {}), true);
    assert.deepEqual([works, aside.list().map(({ name, code }) => [name, code])], [1, [['a', 'LOOP_REFUSED']]]);
    assert.equal(aside.retryAll(), 1);
    assert.equal(await aside.attempt('a', async () => {}), true);
  });

  it('a retryable error reaches the loop, or only skips the record until the next run', async () => {
    const { ports } = setting(async () => {});
    const busy = async () => {
      throw new CessError('LOOP_BUSY', 'later');
    };
    await assert.rejects(new SetAside('test', ports).attempt('a', busy), /later/);
    const skipping = new SetAside('test', ports, { onRetryable: 'skip' });
    assert.equal(await skipping.attempt('a', busy), false);
    assert.equal(skipping.size, 0);
  });

  it('a record gets as many attempts as it is allowed, counted in a row', async () => {
    const { ports } = setting(async () => {});
    const aside = new SetAside('test', ports, { attempts: 2 });
    await aside.attempt('a', refused);
    await aside.attempt('a', async () => {});
    await aside.attempt('a', refused);
    assert.equal(aside.size, 0);
    await aside.attempt('a', refused);
    assert.equal(aside.size, 1);
  });

  it('a bug is not set aside', async () => {
    const { ports } = setting(async () => {});
    const bug = async () => {
      throw new TypeError('undefined is not a function');
    };
    await assert.rejects(new SetAside('test', ports).attempt('a', bug), TypeError);
  });
});

describe('cleanups', () => {
  it('all run, from the last to the first, also after one that throws; the first error is thrown', async () => {
    const ran: number[] = [];
    const cleanups = [0, 1, 2].map((number) => () => {
      ran.push(number);
      if (number > 0) throw new Error(`cleanup ${number} failed`);
    });
    await assert.rejects(runCleanups(cleanups), /cleanup 2 failed/);
    assert.deepEqual([ran, cleanups], [[2, 1, 0], []]);
  });
});
