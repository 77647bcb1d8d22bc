// Worker that writes what it is told into an LMDB store and announces each commit.
import { parentPort, workerData } from 'node:worker_threads';
import { utf8 } from '@cess/primitives';
import { openLmdb } from '../index.js';

const { path } = workerData as { path: string };
const kv = openLmdb({ path });
parentPort!.on('message', async (message: number | 'stop') => {
  if (message === 'stop') {
    await kv.close();
    parentPort!.close();
    return;
  }
  await kv.write([{ type: 'put', key: utf8('counter'), value: utf8(String(message)) }]);
  parentPort!.postMessage('written');
});
