// The proof thread: takes one task after another, at the priority that it is given. On Linux a priority
// belongs to a thread, so the thread that serves requests keeps its own (proof-worker.test.ts looks); elsewhere it may
// be the process's, or nothing happens.
import '../errors.js';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '@cess/primitives';
import { ProofEngine } from './proof-engine.js';
import { gateClosed, type ProofThreadData, type ThreadReply, type ThreadRequest } from './proof-tasks.js';

const { niceness, gate } = workerData as ProofThreadData;
if (process.platform === 'linux') {
  try {
    setPriority(niceness);
  } catch {
    // Not permitted: it works all the same.
  }
}
const port = parentPort!;
const engine = await ProofEngine.create(() => Atomics.wait(gate, 0, gateClosed));

port.on('message', ({ id, task }: ThreadRequest) => {
  let reply: ThreadReply;
  try {
    reply = { id, ok: true, value: engine.execute(task) };
  } catch (thrown) {
    reply = { id, ok: false, message: messageOf(thrown) };
  }
  port.postMessage(reply);
});
