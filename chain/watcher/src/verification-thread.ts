// Entry of the thread that verifies proofs again for the verdict checker: a curve backend of its own, below the priority of
// all that anybody waits for.
import './errors.js';
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { createMclBls12 } from '@cess/crypto';
import { invariant } from '@cess/primitives';
import { verify } from '@cess/proofs';
import type { VerificationReply, VerificationRequest } from './verifier.js';

invariant(parentPort, 'the verification runs as a worker thread');
const port = parentPort;
try {
  // On Linux the priority is that of the calling thread alone.
  setPriority(constants.priority.PRIORITY_LOW);
} catch {
  // Where the system does not allow it the work competes with the rest.
}
const ready = createMclBls12();

port.on('message', (request: VerificationRequest) => {
  answer(request).then(
    (reply) => port.postMessage(reply),
    (error: unknown) => port.postMessage({ id: request.id, failure: String(error) } satisfies VerificationReply),
  );
});

async function answer({ id, key, challenge, proof }: VerificationRequest): Promise<VerificationReply> {
  const bls = await ready;
  const [x, xAlpha] = [bls.decodeG2(key.x), bls.decodeG2(key.xAlpha)];
  invariant(x.ok && xAlpha.ok, 'the chain checked the key when it was registered');
  const verifyingKey = { id: key.id, x: x.value, xAlpha: xAlpha.value, srsHash: key.srsHash };
  return { id, isRight: verify(bls, verifyingKey, challenge, proof).ok };
}
