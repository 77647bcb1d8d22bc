// @cess/workers: one request/reply call over worker threads and child processes.
export { openProcess, type ProcessInit } from './process-endpoint.js';
export { type Handlers, type ServeOptions, serveProcess, serveThread } from './serve.js';
export { openThread, type ThreadInit } from './thread-endpoint.js';
export { type CallOptions, WorkerCall, type WorkerCallInit, type WorkerPorts } from './worker-call.js';
export type { EndReason, WorkerEndpoint } from './worker-endpoint.js';
export type { WorkerMethods } from './worker-messages.js';
