// Entry of the reader's thread: runtime calls of strangers on stored states. It has its own handle of the database and writes
// nothing, so that a heavy call delays other calls and never a block.
import '../errors.js';
import { workerData } from 'node:worker_threads';
import { handledElsewhere } from '@cess/primitives';
import { serveThread } from '@cess/workers';
import { openDatabase } from './database.js';
import type { ReaderCalls, ReaderInit } from './reader-host.js';
import { RuntimeReader } from './runtime-reader.js';
import { openRuntimes } from './runtimes.js';

const init = workerData as ReaderInit;
const opening = open();
// A failed opening is reported as the failure of every request.
handledElsewhere(opening);

async function open() {
  const runtimes = await openRuntimes();
  const kv = openDatabase(init.dataDir);
  return { kv, reader: new RuntimeReader(kv, runtimes) };
}

serveThread<ReaderCalls>(
  {
    ready: async () => {
      await opening;
      return undefined;
    },
    call: async (...args) => (await opening).reader.call(...args),
    metadata: async (...args) => (await opening).reader.metadata(...args),
    close: async () => (await opening).kv.close() as Promise<undefined>,
  },
  { lastCall: 'close' },
);
