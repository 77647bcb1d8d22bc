// A worker thread.
import { Worker } from 'node:worker_threads';
import type { EndReason, WorkerEndpoint } from './worker-endpoint.js';

export interface ThreadInit {
  /** Shown by debuggers and operating systems. */
  readonly name: string;
  /** Module that calls `serveThread`. */
  readonly url: URL;
  readonly workerData?: unknown;
  /** Megabytes of the heap; a thread that needs more ends with an error. Unlimited unless given. */
  readonly maxHeapMb?: number;
}

export function openThread({ name, url, workerData, maxHeapMb }: ThreadInit): WorkerEndpoint {
  const limits = maxHeapMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } };
  const thread = new Worker(url, { name, workerData, ...limits });
  let error: unknown;
  thread.on('error', (thrown) => {
    error = thrown;
  });
  const ended = new Promise<EndReason>((resolve) => {
    thread.once('exit', (code) => resolve(error === undefined ? { code } : { code, error }));
  });
  return {
    post: (message, transfer) => thread.postMessage(message, [...transfer]),
    onMessage: (listener) => void thread.on('message', listener),
    onEnd: (listener) => void ended.then(listener),
    terminate: async () => {
      await thread.terminate();
      await ended;
    },
  };
}
