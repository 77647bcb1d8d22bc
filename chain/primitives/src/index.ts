// @cess/chain-primitives: what every part of the chain encodes: accounts, headers, dispatch outcomes, extrinsics.
export * from './common.js';
export * from './dispatch.js';
export * from './era.js';
export * from './extrinsic.js';
export * from './grandpa-digest.js';
export * from './header.js';
