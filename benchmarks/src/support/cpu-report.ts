// Loaded into a measured program with `--import`: writes its CPU seconds, all threads, to file descriptor 3 when it exits.
import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { ownCpuSeconds } from './measure.js';

if (isMainThread) process.on('exit', () => writeSync(3, String(ownCpuSeconds())));
