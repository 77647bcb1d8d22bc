// The part of this package that also runs in a browser. There, the package exports nothing else.
import './errors.js';

export { createEd25519Signer, verifyEd25519 } from '#ed25519';
export { decodeBase58, encodeBase58 } from './base58.js';
export { blake2_128, blake2_256 } from './blake2.js';
export type { Ed25519Signer } from './ed25519-signer.js';
export { sha256, sha512 } from './sha2.js';
export { ed25519Scheme, type SignatureScheme } from './signature-scheme.js';
export { decodeSs58, encodeSs58 } from './ss58.js';
export { twox64, twox128, twox256 } from './twox.js';
