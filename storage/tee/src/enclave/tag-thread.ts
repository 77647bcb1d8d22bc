// The thread of the enclave process that computes tags. It runs at low priority, so that tagging does not slow down users. Verdicts,
// which have deadlines, do not wait for it: the main thread of the process makes them at normal priority.
import '../errors.js';
import { constants, setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import { createMclBls12 } from '@cess/crypto';
import type { FragmentIdentity } from '@cess/proofs';
import { serveThread } from '@cess/workers';
import type { TagSetAnswer } from './enclave.js';
import { type TagSecrets, tagComputation } from './tag-computation.js';

export interface TagThreadCalls {
  compute: { args: [identity: FragmentIdentity, fragment: Uint8Array]; result: TagSetAnswer | undefined };
}

// On Linux the priority is that of the calling thread alone. Other systems would change the whole process.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
const compute = tagComputation(await createMclBls12(), workerData as TagSecrets);

serveThread<TagThreadCalls>({ compute });
