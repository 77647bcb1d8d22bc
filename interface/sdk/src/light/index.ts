// @cess/sdk/light: a light client that believes a node nothing, in Node.js and browsers.
import '../errors.js';

export { query } from '@cess/client';
export * from '@cess/client/light';
