// @cess/crypto: hashes, signatures, key agreement, BLS12-381, SS58 and VRF, each by its standard. Browsers load portable.ts.

export {
  type Bls12,
  type DecodeOptions,
  type G1Point,
  type G2Point,
  g1EncodedLength,
  type PairingTerm,
  type PointError,
  scalarLength,
} from './bls12.js';
export { createMclBls12 } from './bls12-mcl.js';
export {
  areCanonicalScalars,
  integerOfBytes,
  invertScalar,
  isCanonicalScalar,
  reduceScalar,
  scalarBytes,
  scalarOrder,
} from './bls12-scalar.js';
export { createEcdsaSigner, type EcdsaSigner, ethereumAddress, recoverEcdsa } from './ecdsa.js';
export { type HkdfInput, hkdfSha256 } from './hkdf.js';
export { keccak256 } from './keccak.js';
export * from './portable.js';
export { systemRng } from './random.js';
export { createRuntimeCrypto, type RuntimeCrypto } from './runtime-crypto.js';
export { shake256 } from './shake256.js';
export { createSr25519Signer, type Sr25519Signer, verifySr25519 } from './sr25519.js';
export { type VrfSuite, vrfProofToHash, vrfProve, vrfVerify } from './vrf.js';
export { type X25519Pair, x25519PairFromSecret, x25519SharedSecret } from './x25519.js';
