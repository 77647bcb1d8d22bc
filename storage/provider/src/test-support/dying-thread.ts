// A proof thread that dies when it is to check tags and says yes to everything else.
import { serveThread } from '@cess/workers';
import type { ProofCalls } from '../proof-worker/proof-tasks.js';

serveThread<ProofCalls>({ execute: ({ type }) => (type === 'tags' ? process.exit(1) : 'ok') });
