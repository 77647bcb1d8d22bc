import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CessError,
  createDeferred,
  isCessError,
  isRetryable,
  silentLogger,
  systemTimers,
  type Timers,
} from '@cess/primitives';
import { openProcess, openThread, WorkerCall, type WorkerCallInit } from './index.js';
import type { TestCalls } from './test-support/test-worker.js';

const url = new URL('./test-support/test-worker.js', import.meta.url);
const busy = () => new CessError('ABORTED', 'busy');
const gone = () => new CessError('ABORTED', 'gone');
const base = { name: 'test', logger: silentLogger, timers: systemTimers, maxPending: 3, busy, gone };
const inThread = () => openThread({ name: 'test', url });
const inProcess = () => openProcess({ program: fileURLToPath(url), args: ['process'] });

for (const [where, open] of [
  ['a thread', inThread],
  ['a process', inProcess],
] as const) {
  describe(`calls to ${where}`, () => {
    const worker = new WorkerCall<TestCalls>({ ...base, open });
    after(() => worker.stop());

    it('give the result, byte arrays included', async () => {
      const value = { bytes: Uint8Array.of(1, 2), big: 3n };
      assert.deepEqual(await worker.call('echo', [value]), value);
    });

    it('keep code, data and retryability of a coded error', async () => {
      const error = await worker.call('refuse', []).catch((thrown: unknown) => thrown);
      assert.ok(isCessError(error, 'HEX_MALFORMED'));
      assert.deepEqual([error.data, isRetryable(error)], [{ length: 3 }, true]);
    });

    it('pass on a bug as a bug', async () => {
      const error = await worker.call('fail', []).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof Error && !isCessError(error));
      assert.deepEqual([error.name, error.message], ['TypeError', 'undefined is not a function']);
    });

    it('that a dying worker takes with it are rejected, and the next call starts another worker', async () => {
      await assert.rejects(worker.call('die', []), /gone/);
      assert.equal(await worker.call('echo', [1]), 1);
    });
  });
}

describe('a thread with a limit on its heap', () => {
  it('ends alone when a call needs more; the call is rejected, and the next one starts another thread', async () => {
    const open = () => openThread({ name: 'test', url, maxHeapMb: 32 });
    const worker = new WorkerCall<TestCalls>({ ...base, open });
    await assert.rejects(worker.call('hoard', [300]), /gone/);
    assert.equal(await worker.call('echo', [1]), 1);
    await worker.stop();
  });
});

describe('worker calls', () => {
  async function withWorker(init: Partial<WorkerCallInit>, body: (worker: WorkerCall<TestCalls>) => Promise<void>) {
    const worker = new WorkerCall<TestCalls>({ ...base, open: inThread, ...init });
    try {
      await body(worker);
    } finally {
      await worker.stop();
    }
  }

  it('are bounded; an aborted one makes room', async () => {
    await withWorker({}, async (worker) => {
      const controller = new AbortController();
      const never = Array.from({ length: 3 }, () => worker.call('never', [], { signal: controller.signal }));
      await assert.rejects(worker.call('echo', [1]), /busy/);
      const rejected = never.map((call) => assert.rejects(call, (error) => isCessError(error, 'ABORTED')));
      controller.abort();
      await Promise.all(rejected);
      assert.equal(await worker.call('echo', [1]), 1);
    });
  });

  it('can hand over memory instead of copying it', async () => {
    await withWorker({}, async (worker) => {
      const bytes = new Uint8Array(5 * 1024 * 1024);
      const size = worker.call('sizeOf', [bytes], { transfer: [bytes.buffer] });
      assert.equal(bytes.length, 0, 'the memory is gone here');
      assert.equal(await size, 5 * 1024 * 1024);
    });
  });

  it('to a stopped worker are rejected, and so are those under way', async () => {
    await withWorker({}, async (worker) => {
      const never = assert.rejects(worker.call('never', []), /gone/);
      await worker.call('echo', [1]);
      await worker.stop();
      await never;
      await assert.rejects(worker.call('echo', [1]), /gone/);
      assert.equal(worker.isRunning, false);
    });
  });

  it('the log of a process that died has what it wrote to its error output', async () => {
    const logged = createDeferred<unknown>();
    const logger = { ...silentLogger, error: (fields: unknown) => logged.resolve(fields) };
    const open = () =>
      openProcess({ program: '/no/such/program.js', options: { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] } });
    await withWorker({ open, logger, restarts: false }, async (worker) => {
      await assert.rejects(worker.call('echo', [1]), /gone/);
      assert.match(((await logged.promise) as { stderr: string }).stderr, /Cannot find module/);
    });
  });

  it('are rejected after the first death where the worker is not started again', async () => {
    const ended = createDeferred<number | null>();
    await withWorker({ restarts: false, onEnd: ({ code }) => ended.resolve(code) }, async (worker) => {
      await assert.rejects(worker.call('die', []), /gone/);
      assert.equal(await ended.promise, 7);
      await assert.rejects(worker.call('echo', [1]), /gone/);
    });
  });

  it('a worker that closes after its last call replies to it', async () => {
    const ended = createDeferred<void>();
    await withWorker({ restarts: false, onEnd: () => ended.resolve() }, async (worker) => {
      assert.equal(await worker.call('close', []), 'closed');
      await ended.promise;
    });
  });

  it('an idle worker can be ended; the next call starts another one', async () => {
    await withWorker({}, async (worker) => {
      await worker.call('echo', [1]);
      await worker.rest();
      assert.equal(worker.isRunning, false);
      assert.equal(await worker.call('echo', [2]), 2);
    });
  });

  it('a worker that cannot be loaded is started again with pauses that double', async () => {
    const slept: number[] = [];
    const enough = createDeferred<void>();
    const timers: Timers = {
      nowMs: () => 0,
      sleep: async (ms) => {
        slept.push(ms);
        if (slept.length === 4) enough.resolve();
      },
    };
    const broken = () => openThread({ name: 'broken', url: new URL('./not-there.js', import.meta.url) });
    const backOff = { leastMs: 10, mostMs: 40 };
    await withWorker({ open: broken, timers, backOff }, async (worker) => {
      const keepCalling = async () => {
        while (slept.length < 4) await worker.call('echo', [1]).catch(() => {});
      };
      await Promise.all([keepCalling(), enough.promise]);
      assert.deepEqual(slept.slice(0, 4), [10, 20, 40, 40]);
    });
  });
});
