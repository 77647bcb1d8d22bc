// @cess/devnet: the embedded network.
export { type DevnetConfig, parseConfig } from './config.js';
export { type Network, startNetwork } from './network.js';
