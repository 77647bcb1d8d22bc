// The runtime's composition: which pallets there are and what each needs of the others. The declarations are pure
// data; the client is typed from them.
import { tuple } from '@cess/codec';
import { checkMortality, checkNonce, checkWeight } from './extensions/block.js';
import {
  checkGenesis,
  checkMetadataHash,
  checkNonZeroSender,
  checkSpecVersion,
  checkTxVersion,
} from './extensions/identity.js';
import { chargeTransactionPayment } from './extensions/payment.js';
import { outerTypes } from './frame/assemble.js';
import type { TransactionExtension } from './frame/extension.js';
import { uncheckedExtrinsicCodec } from './frame/extrinsic.js';
import type { MetadataModel } from './frame/metadata.js';
import type { AnyPallet } from './frame/pallet.js';
import type { RuntimeApi } from './frame/runtime-api.js';
import { balancesPallet } from './pallets/balances/index.js';
import { randomnessPallet } from './pallets/randomness/index.js';
import { createSystemPallet, systemParts } from './pallets/system/index.js';
import { timestampPallet } from './pallets/timestamp/index.js';
import { transactionPaymentPallet } from './pallets/transaction-payment/index.js';
import { multiAddress, multiSignature } from './primitives/common.js';
import { RUNTIME_API_IDS, runtimeVersionOf } from './version.js';

const CRATE = 'cess_runtime';

const declared = {
  Timestamp: timestampPallet,
  Balances: balancesPallet,
  TransactionPayment: transactionPaymentPallet,
  Randomness: randomnessPallet,
};

/** The outer call, event and error types. */
export const outer = outerTypes([systemParts, ...Object.values(declared)], CRATE);
export const runtimeVersion = runtimeVersionOf(RUNTIME_API_IDS);

/** All pallets by name. */
export const pallets = { System: createSystemPallet(outer.event, runtimeVersion), ...declared };
export type Pallets = typeof pallets;
export const palletList: readonly AnyPallet[] = Object.values(pallets);

/** The extension pipeline, in the order of the extrinsic. */
export const extensions: readonly TransactionExtension<unknown>[] = [
  checkNonZeroSender,
  checkSpecVersion,
  checkTxVersion,
  checkGenesis,
  checkMortality,
  checkNonce,
  checkWeight,
  chargeTransactionPayment,
  checkMetadataHash,
];

const extra = tuple(...extensions.map((extension) => extension.extra));
export const extraCodec = extra;
export const extrinsicFormat = { call: outer.call, extensions };
export const uncheckedExtrinsic = uncheckedExtrinsicCodec({
  address: multiAddress.type,
  call: outer.call.type,
  signature: multiSignature.type,
  extra: extra.type,
});

/** Everything that the metadata shows. */
export function metadataModel(apis: readonly RuntimeApi[]): MetadataModel {
  return {
    crate: CRATE,
    pallets: palletList,
    outer,
    extensions,
    address: multiAddress.type,
    signature: multiSignature.type,
    extra: extra.type,
    extrinsic: uncheckedExtrinsic.type,
    apis,
  };
}
