// Loads @noble/curves on first use: loading takes 30 ms of CPU time and 18 files, and only the engine thread of a chain node
// needs it. The functions are synchronous, so this file uses `require`, which loads ES modules, too.
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
