// @noble/curves, read when a function over it is first called: 30 ms of processor time and 18 files that of all threads
// only the engine of a chain node needs. The functions are synchronous, hence `require`, which gives ES modules too.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export function nobleEd25519(): typeof import('@noble/curves/ed25519.js') {
  return require('@noble/curves/ed25519.js');
}

export function nobleSecp256k1(): typeof import('@noble/curves/secp256k1.js') {
  return require('@noble/curves/secp256k1.js');
}

/** Operations over any of the curves. */
export function nobleCurve(): typeof import('@noble/curves/abstract/curve.js') {
  return require('@noble/curves/abstract/curve.js');
}
