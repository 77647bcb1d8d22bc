// A proof thread that dies when it is to check tags and says yes to everything else.
import { parentPort } from 'node:worker_threads';
import type { ThreadReply, ThreadRequest } from '../proof-worker/proof-tasks.js';

const port = parentPort!;
port.on('message', ({ id, task }: ThreadRequest) => {
  if (task.type === 'tags') throw new Error('dead');
  port.postMessage({ id, ok: true, value: 'ok' } satisfies ThreadReply);
});
