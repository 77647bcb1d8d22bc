// Extensions that tie a transaction to this chain and this runtime version. They carry nothing; their data is signed.
import { h256 } from '@cess/chain-primitives';
import { enumeration, fixedBytes, option, struct, u32, unit } from '@cess/codec';
import type { TransactionExtension } from '../frame/extension.js';
import { invalid, unknown } from '../frame/failure.js';
import { genesisHash } from '../pallets/system/functions.js';
import { SPEC_VERSION, TRANSACTION_VERSION } from '../version.js';

const ZERO_ACCOUNT_BYTES = 32;

export const checkNonZeroSender: TransactionExtension<undefined> = {
  identifier: 'CheckNonZeroSender',
  extra: unit,
  additional: unit,
  additionalSigned: () => undefined,
  validate: (_ctx, { who }) => {
    if (who.length !== ZERO_ACCOUNT_BYTES || who.every((byte) => byte === 0)) invalid('BadSigner');
    return undefined;
  },
};

export const checkSpecVersion: TransactionExtension<undefined> = {
  identifier: 'CheckSpecVersion',
  extra: unit,
  additional: u32,
  additionalSigned: () => SPEC_VERSION,
};

export const checkTxVersion: TransactionExtension<undefined> = {
  identifier: 'CheckTxVersion',
  extra: unit,
  additional: u32,
  additionalSigned: () => TRANSACTION_VERSION,
};

export const checkGenesis: TransactionExtension<undefined> = {
  identifier: 'CheckGenesis',
  extra: unit,
  additional: h256,
  additionalSigned: (ctx) => genesisHash(ctx),
};

const metadataHashMode = enumeration(['Disabled', 'Enabled'], {
  path: ['frame_metadata_hash_extension', 'Mode'],
});
const metadataHashExtra = struct(
  { mode: metadataHashMode },
  { path: ['frame_metadata_hash_extension', 'CheckMetadataHash'] },
);

/** Only the disabled mode: this runtime knows no metadata hash of its own, and says so. */
export const checkMetadataHash: TransactionExtension<{ readonly mode: 'Disabled' | 'Enabled' }> = {
  identifier: 'CheckMetadataHash',
  extra: metadataHashExtra,
  additional: option(fixedBytes(32)),
  additionalSigned: (_ctx, { mode }) => (mode === 'Disabled' ? undefined : unknown('CannotLookup')),
};
