// Entry of the thread that verifies proofs again for the verdict checker, with a curve backend of its own. It has the normal
// priority: a wrong verdict that is not disputed in time stands (ADR 53).
import './errors.js';
import { createMclBls12 } from '@cess/crypto';
import { invariant } from '@cess/primitives';
import { verify } from '@cess/proofs';
import { serveThread } from '@cess/workers';
import type { VerificationCalls } from './verifier.js';

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
