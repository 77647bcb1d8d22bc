// What Grandpa needs of other pallets.
import type { DigestItem } from '@cess/chain-primitives';
import type { Context, StorageAccess } from '../../frame/context.js';

export interface GrandpaNeeds {
  era(at: StorageAccess): bigint;
  /** With whom the era began, by account id. */
  members(at: StorageAccess): readonly { readonly key: Uint8Array }[];
  /** Adds an item to the digest of the current block. */
  depositLog(ctx: Context, item: DigestItem): void;
  /** Eras that an offence can be reported for. */
  reportEras(at: StorageAccess): number;
}
