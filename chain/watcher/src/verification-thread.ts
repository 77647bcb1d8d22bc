// Entry of the thread that verifies proofs again for the verdict checker: a curve backend of its own, below the priority of
// everything that anyone waits for.
import './errors.js';
import { constants, setPriority } from 'node:os';
import { createMclBls12 } from '@cess/crypto';
import { invariant } from '@cess/primitives';
import { verify } from '@cess/proofs';
import { serveThread } from '@cess/workers';
import type { VerificationCalls } from './verifier.js';

try {
  // On Linux the priority is that of the calling thread alone.
  setPriority(constants.priority.PRIORITY_LOW);
} catch {
  // Where the system does not allow it the work competes with the rest.
}
const ready = createMclBls12();

serveThread<VerificationCalls>({
  verify: async ({ key, challenge, proof }) => {
    const bls = await ready;
    const [x, xAlpha] = [bls.decodeG2(key.x), bls.decodeG2(key.xAlpha)];
    invariant(x.ok && xAlpha.ok, 'the chain checked the key when it was registered');
    const verifyingKey = { id: key.id, x: x.value, xAlpha: xAlpha.value, srsHash: key.srsHash };
    return verify(bls, verifyingKey, challenge, proof).ok;
  },
});
