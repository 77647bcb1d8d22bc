// Extensions that tie a transaction to this chain and this runtime version. They carry nothing; their data is signed.
import type { ExtensionLogic } from '../frame/extension.js';
import { invalid } from '../frame/failure.js';
import { genesisHash } from '../pallets/system/index.js';
import { SPEC_VERSION, TRANSACTION_VERSION } from '../version.js';

const ACCOUNT_BYTES = 32;

export const checkNonZeroSender: ExtensionLogic<undefined> = {
  additionalSigned: () => undefined,
  validate: (_ctx, { who }) => {
    if (who.length !== ACCOUNT_BYTES || who.every((byte) => byte === 0)) invalid('BadSigner');
    return undefined;
  },
};

export const checkSpecVersion: ExtensionLogic<undefined> = { additionalSigned: () => SPEC_VERSION };

export const checkTxVersion: ExtensionLogic<undefined> = { additionalSigned: () => TRANSACTION_VERSION };

export const checkGenesis: ExtensionLogic<undefined> = { additionalSigned: (ctx) => genesisHash(ctx) };
