// A runtime call that takes too long loses its thread; other calls get another one.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { aborted, isCessError, silentLogger, systemTimers, type Timers } from '@cess/primitives';
import { removeDirectory, temporaryDirectory } from '../test-support/dev-node.js';
import { ReaderHost } from './reader-host.js';

/** The first time limit is over at once; later ones never. */
function firstLimitOver(): Timers {
  let isFirst = true;
  return {
    nowMs: () => systemTimers.nowMs(),
    sleep: async (_ms, signal) => {
      if (isFirst) {
        isFirst = false;
        return;
      }
      await new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(aborted()));
      });
    },
  };
}

describe('the reader thread', () => {
  it('has its time limited from when it has opened the database, and not before', async () => {
    const dataDir = temporaryDirectory();
    const opened: boolean[] = [];
    const timers: Timers = {
      nowMs: () => systemTimers.nowMs(),
      sleep: async () => {
        opened.push(existsSync(join(dataDir, 'chain', 'data.mdb')));
      },
    };
    const host = new ReaderHost({ dataDir }, silentLogger, timers);
    try {
      for (let i = 0; i < 3; i++) await Promise.allSettled([host.run('metadata', 14, 0)]);
      assert.deepEqual(opened, [true, true, true]);
    } finally {
      await host.close();
      removeDirectory(dataDir);
    }
  });

  it('aborts a call at its time limit, answers the next one, and rejects calls after it is closed', async () => {
    const dataDir = temporaryDirectory();
    const host = new ReaderHost({ dataDir }, silentLogger, firstLimitOver());
    try {
      const [slow, next] = await Promise.allSettled([host.run('metadata', 14, 0), host.run('metadata', 14, 0)]);
      assert.ok(slow.status === 'rejected' && isCessError(slow.reason, 'RPC_CALL_LIMIT'));
      assert.ok(next.status === 'fulfilled' && next.value.length > 1000);
      await host.close();
      await assert.rejects(host.run('metadata', 14, 0), (thrown) => isCessError(thrown, 'ENGINE_STOPPED'));
    } finally {
      await host.close();
      removeDirectory(dataDir);
    }
  });
});
