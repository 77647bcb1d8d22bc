// The proof thread: executes one task at a time at the given priority. On Linux a priority belongs to a thread, so the thread
// that serves requests keeps its own (see proof-worker.test.ts). Other systems do not change it.
import '../errors.js';
import { setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import { serveThread } from '@cess/workers';
import { ProofEngine } from './proof-engine.js';
import { gateClosed, type ProofCalls, type ProofThreadData } from './proof-tasks.js';

const { niceness, gate } = workerData as ProofThreadData;
if (process.platform === 'linux') {
  try {
    setPriority(niceness);
  } catch {
    // Without the permission the thread keeps the normal priority.
  }
}
const engine = await ProofEngine.create(() => Atomics.wait(gate, 0, gateClosed));

serveThread<ProofCalls>({ execute: (task) => engine.execute(task) });
