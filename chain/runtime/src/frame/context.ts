// The context of dispatchables and hooks: state, signature verification, phase of the block.
import type { RuntimeCrypto } from '@cess/crypto';
import type { Externalities } from '../externalities.js';

/** Access to the state: all that storage items need. */
export interface StorageAccess {
  readonly ext: Externalities;
}

export type Phase =
  | { readonly type: 'ApplyExtrinsic'; readonly value: number }
  | { readonly type: 'Finalization'; readonly value?: undefined }
  | { readonly type: 'Initialization'; readonly value?: undefined };

export interface Context extends StorageAccess {
  readonly crypto: RuntimeCrypto;
  readonly phase: Phase;
}

/** Who makes a call. */
export type Origin =
  | { readonly type: 'None' }
  | { readonly type: 'Signed'; readonly account: Uint8Array }
  | { readonly type: 'Root' };
