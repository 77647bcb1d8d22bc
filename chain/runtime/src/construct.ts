// The runtime's composition: which pallets there are and what each needs of the others. The declarations are pure
// data; the client is typed from them.
import { multiAddress, multiSignature, uncheckedExtrinsicCodec } from '@cess/chain-primitives';
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
import type { MetadataModel } from './frame/metadata.js';
import type { AnyPallet } from './frame/pallet.js';
import type { RuntimeApi } from './frame/runtime-api.js';
import { createAudit } from './pallets/audit/index.js';
import { dropSlot, registryOf } from './pallets/audit/registry.js';
import { auditStorage } from './pallets/audit/types.js';
import { balancesPallet } from './pallets/balances/index.js';
import { repatriateReserved, reserve, transfer, unreserve } from './pallets/balances/ledger.js';
import { createFileBank, type FileBankNeeds } from './pallets/file-bank/index.js';
import { beginDeparture, loseFragments } from './pallets/file-bank/losses.js';
import { fileBankStorage } from './pallets/file-bank/types.js';
import { mayAct, ossPallet } from './pallets/oss/index.js';
import { randomnessPallet, randomnessStorage } from './pallets/randomness/index.js';
import { activeMiner, addHolding, changeProven, minerInfo, removeHolding } from './pallets/sminer/holdings.js';
import { createSminer } from './pallets/sminer/index.js';
import {
  endExpulsion,
  noteFailed,
  notePassed,
  noteStruck,
  type PenaltyNeeds,
  slash,
  slashFor,
} from './pallets/sminer/penalties.js';
import { sminerStorage } from './pallets/sminer/types.js';
import { createStorageHandler } from './pallets/storage-handler/index.js';
import { chargeSpace, leaseOf, returnSpace } from './pallets/storage-handler/space.js';
import { SPACE_TREASURY_ID, storageHandlerStorage } from './pallets/storage-handler/types.js';
import { genesisHash } from './pallets/system/functions.js';
import { createSystemPallet, systemParts } from './pallets/system/index.js';
import { systemStorage } from './pallets/system/storage.js';
import {
  beginDuty,
  drawVerifier,
  endDuty,
  noteTagged,
  noteVerdict,
  punishMissedDuty,
  punishWrongVerdict,
  workerOf,
} from './pallets/tee-worker/duties.js';
import { createTeeWorker } from './pallets/tee-worker/index.js';
import { teeWorkerStorage } from './pallets/tee-worker/types.js';
import { timestampPallet, timestampStorage } from './pallets/timestamp/index.js';
import { palletAccount, TREASURY_ACCOUNT, transactionPaymentPallet } from './pallets/transaction-payment/index.js';
import { RUNTIME_API_IDS, runtimeVersionOf } from './version.js';

const CRATE = 'cess_runtime';

const DAY_MS = 86_400_000n;
const clock = {
  blockNumber: (ctx: Context) => systemStorage.Number.get(ctx),
  blocksPerDay: (ctx: Context) => Number(DAY_MS / timestampStorage.SlotDuration.get(ctx)),
};

const penalties: PenaltyNeeds = {
  repatriate: repatriateReserved,
  unreserve,
  treasury: TREASURY_ACCOUNT,
  beginDeparture,
};
const sminer = createSminer({ ...penalties, reserve, genesisHash, blockNumber: clock.blockNumber });
const spaceTreasury = palletAccount(SPACE_TREASURY_ID);
const storageHandler = createStorageHandler({
  ...clock,
  pay: (ctx, from, amount) => transfer(ctx, { from, to: spaceTreasury, amount, keepAlive: true }),
  totalDeclaredSpace: (ctx) => sminer.storage.TotalDeclaredSpace.get(ctx),
  mayAct,
});
const minerOf = (ctx: Context, account: Uint8Array) => sminerStorage.MinerIndex.get(ctx, account);
const fileBankNeeds: FileBankNeeds = {
  ...clock,
  genesisHash,
  mayAct,
  chargeSpace: (ctx, { owner, territory, operator, bytes }) =>
    chargeSpace(ctx, clock, { ref: { owner, name: territory }, operator, bytes }),
  returnSpace: (ctx, { owner, territory, operator, bytes, toQuota }) =>
    returnSpace(ctx, clock, { ref: { owner, name: territory }, operator, bytes }, toQuota),
  territoryExpired: (ctx, owner, name) => leaseOf(ctx, clock, { owner, name }).state === 'Expired',
  nodeKeyOf: (ctx, miner) => activeMiner(ctx, miner).node_key,
  addHolding,
  removeHolding,
  minerOf,
  hasSpace: (ctx, miner, bytes) => {
    const { state, service_space, declared_space } = minerInfo(ctx, miner);
    return state === 'Positive' && service_space + bytes <= declared_space;
  },
  isExpelled: (ctx, miner) => minerInfo(ctx, miner).state === 'Expelled',
  claimPeriod: (ctx) => auditStorage.Periods.get(ctx).claim,
  unitPrice: (ctx) => storageHandlerStorage.UnitPrice.get(ctx),
  untag: (ctx, miner, place, goneAt) => dropSlot(ctx, { changeProven }, miner, place, goneAt),
  lastProven: (ctx, miner, { fileId, segment, fragment }) => {
    const tag = auditStorage.Tags.get(ctx, fileId, segment, fragment);
    return tag === undefined ? undefined : registryOf(ctx, miner, tag.key_id).passed_at;
  },
  refund: (ctx, miner, refunds) => slash(ctx, penalties, miner, 0n, refunds),
  payForLoss: (ctx, miner, refunds) =>
    slash(ctx, penalties, miner, 2n * refunds.reduce((sum, { amount }) => sum + amount, 0n), refunds),
  endExpulsion: (ctx, miner) => endExpulsion(ctx, penalties, miner),
};
const fileBank = createFileBank(fileBankNeeds);

const teeWorker = createTeeWorker({ reserve, unreserve, genesisHash, blockNumber: clock.blockNumber });
const workerPenalties = {
  repatriate: (ctx: Context, from: Uint8Array, to: Uint8Array, amount: bigint) => {
    repatriateReserved(ctx, from, to, amount);
  },
  treasury: TREASURY_ACCOUNT,
};
const audit = createAudit({
  genesisHash,
  blockNumber: clock.blockNumber,
  beacon: (ctx) => randomnessStorage.Beacon.get(ctx),
  minerOf,
  fragmentOf: (ctx, { fileId, segment, fragment }) => {
    const file = fileBankStorage.Files.get(ctx, fileId);
    const info = fileBankStorage.Fragments.get(ctx, fileId, segment, fragment);
    if (file === undefined || info === undefined) return undefined;
    const { fragment_length } = fileBankStorage.Segments.get(ctx, fileId, segment)!;
    return { orderId: file.order_id, root: info.root, length: fragment_length, holder: info.holder };
  },
  fileDeletedAt: (ctx, fileId) => fileBankStorage.PendingDeletion.get(ctx, fileId)?.deleted_at,
  changeProven,
  passed: notePassed,
  failed: (ctx, miner, outcome, places) => {
    const refunds = loseFragments(ctx, fileBankNeeds, miner, places, 'Failed');
    slash(ctx, penalties, miner, slashFor(minerInfo(ctx, miner), outcome), refunds);
    noteFailed(ctx, penalties, miner);
  },
  struck: (ctx, miner, strike) => noteStruck(ctx, penalties, miner, strike),
  workerOf: (ctx, account) => teeWorkerStorage.WorkerIndex.get(ctx, account),
  signerKeyOf: (ctx, worker) => workerOf(ctx, worker).signer_key,
  drawVerifier,
  beginDuty,
  endDuty,
  noteTagged,
  noteVerdict,
  punishMissedDuty: (ctx, worker) => punishMissedDuty(ctx, workerPenalties, worker),
  punishWrongVerdict: (ctx, worker, disputer) => punishWrongVerdict(ctx, workerPenalties, worker, disputer),
  reserve,
  unreserve,
  forfeit: (ctx, who, amount) => {
    repatriateReserved(ctx, who, TREASURY_ACCOUNT, amount);
  },
});

const declared = {
  Timestamp: timestampPallet,
  Balances: balancesPallet,
  TransactionPayment: transactionPaymentPallet,
  Audit: audit,
  TeeWorker: teeWorker,
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

const extras = extensions.map((extension) => extension.extra);
const extra = tuple(...extras);
export const extraCodec = extra;
export const extrinsicFormat = { call: outer.call, extras };
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
