// @cess/sdk/node: what needs Node.js: sr25519 keys in memory and key files.
import '../errors.js';

export { sr25519Account } from '@cess/client/signers';
export { type KeyFileSignerOptions, keyFileSigner } from './key-file-signer.js';
