// @cess/devnet: the embedded network.
import './errors.js';

export { type DevnetConfig, parseConfig } from './config.js';
export { type Network, startNetwork } from './network.js';
