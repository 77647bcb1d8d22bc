// What `@cess/client/signers` offers to browsers, whose sr25519 is that of a wallet extension.
export { ed25519Account } from './ed25519-account.js';
export { type InjectedPayload, type InjectedSigner, injectedAccount } from './injected-account.js';
