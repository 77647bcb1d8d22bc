// @cess/sdk: what all groups share. The groups are subpaths: /storage, /chain, /light, /receipt, /account, /territory, /admin.
import './errors.js';

export { CESS, CessError, formatBytes, fromHex, isCessError, isRetryable, toHex, toHex0x } from '@cess/primitives';
export { hintOf } from './hint-of.js';
