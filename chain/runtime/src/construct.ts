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
import type { Context } from './frame/context.js';
import type { TransactionExtension } from './frame/extension.js';
import { uncheckedExtrinsicCodec } from './frame/extrinsic.js';
import type { MetadataModel } from './frame/metadata.js';
import type { AnyPallet } from './frame/pallet.js';
import type { RuntimeApi } from './frame/runtime-api.js';
import { balancesPallet } from './pallets/balances/index.js';
import { reserve, transfer, unreserve } from './pallets/balances/ledger.js';
import { createFileBank } from './pallets/file-bank/index.js';
import { mayAct, ossPallet } from './pallets/oss/index.js';
import { randomnessPallet } from './pallets/randomness/index.js';
import { activeMiner, addHolding, removeHolding } from './pallets/sminer/holdings.js';
import { createSminer } from './pallets/sminer/index.js';
import { createStorageHandler } from './pallets/storage-handler/index.js';
import { chargeSpace, leaseOf, returnSpace } from './pallets/storage-handler/space.js';
import { SPACE_TREASURY_ID } from './pallets/storage-handler/types.js';
import { genesisHash } from './pallets/system/functions.js';
import { createSystemPallet, systemParts } from './pallets/system/index.js';
import { systemStorage } from './pallets/system/storage.js';
import { timestampPallet, timestampStorage } from './pallets/timestamp/index.js';
import { palletAccount, transactionPaymentPallet } from './pallets/transaction-payment/index.js';
import { multiAddress, multiSignature } from './primitives/common.js';
import { RUNTIME_API_IDS, runtimeVersionOf } from './version.js';

const CRATE = 'cess_runtime';

const DAY_MS = 86_400_000n;
const clock = {
  blockNumber: (ctx: Context) => systemStorage.Number.get(ctx),
  blocksPerDay: (ctx: Context) => Number(DAY_MS / timestampStorage.SlotDuration.get(ctx)),
};

const sminer = createSminer({ reserve, unreserve, genesisHash, blockNumber: clock.blockNumber });
const spaceTreasury = palletAccount(SPACE_TREASURY_ID);
const storageHandler = createStorageHandler({
  ...clock,
  pay: (ctx, from, amount) => transfer(ctx, { from, to: spaceTreasury, amount, keepAlive: true }),
  totalDeclaredSpace: (ctx) => sminer.storage.TotalDeclaredSpace.get(ctx),
  mayAct,
});
const fileBank = createFileBank({
  genesisHash,
  blockNumber: clock.blockNumber,
  mayAct,
  chargeSpace: (ctx, { owner, territory, operator, bytes }) =>
    chargeSpace(ctx, clock, { ref: { owner, name: territory }, operator, bytes }),
  returnSpace: (ctx, { owner, territory, operator, bytes, toQuota }) =>
    returnSpace(ctx, clock, { ref: { owner, name: territory }, operator, bytes }, toQuota),
  territoryExpired: (ctx, owner, name) => leaseOf(ctx, clock, { owner, name }).state === 'Expired',
  nodeKeyOf: (ctx, miner) => activeMiner(ctx, miner).node_key,
  addHolding,
  removeHolding,
});

const declared = {
  Timestamp: timestampPallet,
  Balances: balancesPallet,
  TransactionPayment: transactionPaymentPallet,
  FileBank: fileBank,
  Sminer: sminer,
  StorageHandler: storageHandler,
  Oss: ossPallet,
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
