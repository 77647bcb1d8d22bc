// @cess/crypto: hashes, signatures, SS58, VRF, trees, sealed streams, keys and wraps.
export { sha256 } from './sha256.js';
