// The proof thread: takes one task after another, at the priority that it is given. On Linux a priority
// belongs to a thread, so the thread that serves requests keeps its own (proof-worker.test.ts looks); elsewhere it may
// be the process's, or nothing happens.
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
    // Not permitted: it works all the same.
  }
}
const engine = await ProofEngine.create(() => Atomics.wait(gate, 0, gateClosed));

serveThread<ProofCalls>({ execute: (task) => engine.execute(task) });
