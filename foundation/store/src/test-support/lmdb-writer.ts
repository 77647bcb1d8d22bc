// Worker that writes each message into an LMDB store and announces each commit.
import { parentPort, workerData } from 'node:worker_threads';
import { utf8 } from '@cess/primitives';
import { openLmdb } from '../index.js';

const { path } = workerData as { path: string };
const kv = openLmdb({ path });
parentPort!.on('message', (message: number | 'stop') => void handle(message));

/** A failure is an unhandled rejection: it ends the thread with an error, which the test sees. */
async function handle(message: number | 'stop'): Promise<void> {
  if (message === 'stop') {
    await kv.close();
    parentPort!.close();
    return;
  }
  await kv.write([{ type: 'put', key: utf8('counter'), value: utf8(String(message)) }]);
  parentPort!.postMessage('written');
}
