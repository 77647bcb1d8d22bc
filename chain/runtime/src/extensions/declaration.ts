// The transaction extensions in the order of the extrinsic: what each carries and what is signed besides.
import { type Era, era, h256 } from '@cess/chain-primitives';
import { type Codec, compact, named, tuple, u32, u128, unit } from '@cess/codec';
import type { ExtensionDeclaration } from '../frame/extension.js';

function declare<E>(identifier: string, extra: Codec<E>, additional: Codec<unknown>): ExtensionDeclaration<E> {
  return { identifier, extra, additional };
}

export const extensionDeclarations = {
  CheckNonZeroSender: declare('CheckNonZeroSender', unit, unit),
  CheckSpecVersion: declare('CheckSpecVersion', unit, u32),
  CheckTxVersion: declare('CheckTxVersion', unit, u32),
  CheckGenesis: declare('CheckGenesis', unit, h256),
  CheckMortality: declare<Era>('CheckMortality', era, h256),
  CheckNonce: declare(
    'CheckNonce',
    named(['frame_system', 'extensions', 'check_nonce', 'CheckNonce'], compact(u32)),
    unit,
  ),
  CheckWeight: declare('CheckWeight', unit, unit),
  ChargeTransactionPayment: declare(
    'ChargeTransactionPayment',
    named(['pallet_transaction_payment', 'ChargeTransactionPayment'], compact(u128)),
    unit,
  ),
};

export const extensionList: readonly ExtensionDeclaration<unknown>[] = Object.values(extensionDeclarations);
/** What all extensions carry, in order. */
export const extrasOfExtensions: readonly Codec<unknown>[] = extensionList.map(({ extra }) => extra);
export const extraCodec = tuple(...extrasOfExtensions);
