// The runtime's composition: what each pallet needs of the others, and one line a pallet. Pallets are wired through their
// public APIs only; the needs are functions, so that pallets may need one another in a circle.
import { uncheckedExtrinsicCodec } from '@cess/chain-primitives';
import type { TeeWork } from '@cess/consensus';
import { REWARD_POT_ACCOUNT, SPACE_TREASURY_ACCOUNT, TREASURY_ACCOUNT } from './accounts.js';
import { CRATE, declarationList, declarations, extrinsicTypes, outer } from './declarations/pallets.js';
import { checkMortality, checkNonce, checkWeight } from './extensions/block.js';
import { extensionDeclarations, extensionList } from './extensions/declaration.js';
import { checkGenesis, checkNonZeroSender, checkSpecVersion, checkTxVersion } from './extensions/identity.js';
import { createChargeTransactionPayment } from './extensions/payment.js';
import type { Context } from './frame/context.js';
import { implementExtensions } from './frame/extension.js';
import type { MetadataModel } from './frame/metadata.js';
import type { AnyPallet, PalletsOf } from './frame/pallet.js';
import type { RuntimeApi } from './frame/runtime-api.js';
import { createAnchors } from './pallets/anchors/index.js';
import { createAudit } from './pallets/audit/index.js';
import { createAuthorship } from './pallets/authorship/index.js';
import { createBalances } from './pallets/balances/index.js';
import { createFileBank } from './pallets/file-bank/index.js';
import { createGrandpa } from './pallets/grandpa/index.js';
import { createOffences } from './pallets/offences/index.js';
import { createOss, mayAct } from './pallets/oss/index.js';
import {
  beaconOf,
  currentSlot,
  finalizedNumber,
  formerAuthorities,
  randomnessPallet,
} from './pallets/randomness/index.js';
import { createSchedulerCredit } from './pallets/scheduler-credit/index.js';
import { createSession } from './pallets/session/index.js';
import { createSminer } from './pallets/sminer/index.js';
import { createStaking } from './pallets/staking/index.js';
import { createStorageHandler } from './pallets/storage-handler/index.js';
import {
  accountOf,
  accounts,
  announceAccount,
  blockHash,
  blockNumber,
  createSystem,
  depositLog,
  dutyRoomExhausted,
  genesisHash,
  normalFullness,
  putAccount,
  removeAccount,
} from './pallets/system/index.js';
import { createTeeWorker } from './pallets/tee-worker/index.js';
import { blocksPerDay, lastBlockTime, slotDuration, timestampPallet } from './pallets/timestamp/index.js';
import { createTransactionPayment } from './pallets/transaction-payment/index.js';

const treasury = TREASURY_ACCOUNT;

const balances = createBalances({
  accountOf,
  putAccount,
  removeAccount,
  announceAccount,
  accounts,
  pots: [treasury, SPACE_TREASURY_ACCOUNT, REWARD_POT_ACCOUNT],
  *formerReserves(ctx) {
    yield* sminer.formerReserves(ctx);
    yield* teeWorker.formerReserves(ctx);
    yield* fileBank.formerReserves(ctx);
  },
});
/** The clock of eras, for the runtime and for nodes. */
export const session = createSession({ formerAuthorities, currentSlot, beacon: beaconOf });
const staking = createStaking({
  stake: balances.holdFor({ type: 'Staking', value: 'Stake' }),
  genesisHash,
  currentSlot,
  clock: session.clock,
  schedule: session.schedule,
  author: session.author,
  holders: session.holders,
  members: session.members,
  missed: session.missed,
  isElectionDue: session.isElectionDue,
  recordElection: session.recordElection,
  creditOf: (at, account, era) => credit.creditOf(at, account, era),
  forgetCredit: (ctx, account) => credit.forget(ctx, account),
  openSlashes: (at, account) => offences.openSlashes(at, account),
  payReward: (ctx, to, amount) => balances.pay(ctx, REWARD_POT_ACCOUNT, to, amount),
  rewardPot: (ctx) => balances.spendableOf(ctx, REWARD_POT_ACCOUNT),
  treasury,
  issue: balances.endow,
});
export const authorship = createAuthorship({
  blockNumber,
  blockHash,
  currentSlot,
  beacon: beaconOf,
  slotDuration,
  schedule: session.schedule,
  era: (at) => session.clock(at).era,
  seats: session.seats,
  author: session.author,
  notePoints: staking.noteUncle,
});
const grandpa = createGrandpa({
  era: (at) => session.clock(at).era,
  members: session.members,
  depositLog,
  reportEras: (at) => staking.rules(at).report_eras,
});
const credit = createSchedulerCredit({ era: (at) => session.clock(at).era, isCandidate: staking.isCandidate });
const offences = createOffences({
  era: (at) => session.clock(at).era,
  schedule: session.schedule,
  eraOfSet: grandpa.eraOfSet,
  ownerOf: staking.ownerOf,
  membersOf: staking.membersOf,
  candidate: staking.candidate,
  rules: staking.rules,
  remove: (ctx, offender, removed) => {
    staking.remove(ctx, offender);
    const taker = session.removeMember(ctx, { offender, pool: staking.pool(ctx), removed });
    if (taker !== undefined) staking.noteSeat(ctx, taker.account, session.clock(ctx).era);
  },
  reinstate: staking.reinstate,
  slash: staking.slash,
});
const transactionPayment = createTransactionPayment({
  deposit: balances.deposit,
  author: session.author,
  treasury,
  normalFullness: (ctx, whole) => normalFullness(ctx, whole, slotDuration(ctx)),
});
const sminer = createSminer({
  stake: balances.holdFor({ type: 'Sminer', value: 'Stake' }),
  unbonding: balances.holdFor({ type: 'Sminer', value: 'Unbonding' }),
  treasury,
  genesisHash,
  blockNumber,
  purchasedSpace: (ctx) => storageHandler.purchasedSpace(ctx),
  unbondingPeriod: (ctx) => audit.questionPeriod(ctx),
  oldestQuestion: (ctx, provider) => audit.oldestQuestion(ctx, provider),
  hasQuestion: (ctx, provider) => audit.hasQuestion(ctx, provider),
  beginDeparture: (ctx, provider) => fileBank.beginDeparture(ctx, provider),
});
const storageHandler = createStorageHandler({
  blockNumber,
  blocksPerDay,
  mayAct,
  pay: (ctx, from, amount) => balances.transfer(ctx, { from, to: SPACE_TREASURY_ACCOUNT, amount, keepAlive: true }),
  sellableSpace: sminer.sellableSpace,
});
const teeWorker = createTeeWorker({
  stake: balances.holdFor({ type: 'TeeWorker', value: 'Stake' }),
  records: balances.holdFor({ type: 'TeeWorker', value: 'Record' }),
  treasury,
  genesisHash,
  blockNumber,
  awaitsSeat: staking.awaitsSeat,
});
/** A worker credits the candidate that it is bound to, and nobody if it is bound to none (R2S-11). */
function creditBond(ctx: Context, worker: number, work: Partial<TeeWork>): void {
  const bond = teeWorker.bondOf(ctx, worker);
  if (bond !== undefined) credit.noteWork(ctx, bond, work);
}
function penaliseBond(ctx: Context, worker: number): void {
  const bond = teeWorker.bondOf(ctx, worker);
  if (bond !== undefined) credit.notePenalty(ctx, bond);
}
const fileBank = createFileBank({
  genesisHash,
  blockNumber,
  blocksPerDay,
  mayAct,
  chargeSpace: storageHandler.chargeSpace,
  returnSpace: storageHandler.returnSpace,
  territoryExpired: storageHandler.isExpired,
  unitPrice: storageHandler.unitPrice,
  providerOf: sminer.indexOf,
  nodeKeyOf: sminer.nodeKeyOf,
  freeSpace: sminer.freeSpace,
  hasSpace: sminer.hasSpace,
  isExpelled: sminer.isExpelled,
  addHolding: sminer.addHolding,
  removeHolding: sminer.removeHolding,
  holeDeposits: balances.holdFor({ type: 'FileBank', value: 'Hole' }),
  recordDeposits: balances.holdFor({ type: 'FileBank', value: 'Record' }),
  accountOf: sminer.accountOf,
  refund: sminer.refund,
  payForLoss: sminer.payForLoss,
  endExpulsion: sminer.endExpulsion,
  claimPeriod: (ctx) => audit.claimPeriod(ctx),
  untag: (ctx, provider, place, goneAt) => audit.untag(ctx, provider, place, goneAt),
  areTagsSigned: (ctx, claim) => audit.areTagsSigned(ctx, claim),
  reportTags: (ctx, claim) => audit.reportTags(ctx, claim),
  deadlineClock: (ctx) => audit.deadlineClock(ctx),
  fine: sminer.fine,
  tagOf: (at, place) => audit.tagOf(at, place),
  passedAt: (at, provider, keyId) => audit.passedAt(at, provider, keyId),
});
const audit = createAudit({
  genesisHash,
  blockNumber,
  beacon: beaconOf,
  providerOf: sminer.indexOf,
  changeProven: sminer.changeProven,
  becameUntagged: fileBank.becameUntagged,
  isExpelled: sminer.isExpelled,
  passed: sminer.notePassed,
  dutyRoomExhausted,
  finalizedNumber: (at) => finalizedNumber(at, session.seatCount(at)),
  lastBlockTime,
  slotDuration,
  slashBase: sminer.slashBase,
  failed: (ctx, provider, { outcome, places, base }) =>
    sminer.punishFailure(ctx, provider, { outcome, base }, fileBank.loseFailed(ctx, provider, places)),
  struck: sminer.noteStruck,
  fragmentOf: fileBank.fragmentRecord,
  fileDeletedAt: fileBank.deletedAt,
  workerOf: teeWorker.indexOf,
  signerKeyOf: teeWorker.signerKeyOf,
  tagKey: teeWorker.tagKey,
  drawVerifier: teeWorker.drawVerifier,
  failedVerdictLimit: teeWorker.failedVerdictLimit,
  lastWrongVerdict: teeWorker.lastWrongVerdict,
  beginDuty: teeWorker.beginDuty,
  endDuty: teeWorker.endDuty,
  noteTagged: (ctx, worker, bytes) => {
    teeWorker.noteTagged(ctx, worker, bytes);
    creditBond(ctx, worker, { taggedBytes: bytes });
    fileBank.noteTagging(ctx);
  },
  noteVerdict: (ctx, worker, bytes) => {
    teeWorker.noteVerdict(ctx, worker, bytes);
    creditBond(ctx, worker, { verifiedServiceBytes: bytes });
  },
  punishMissedDuty: (ctx, worker) => {
    teeWorker.punishMissedDuty(ctx, worker);
    penaliseBond(ctx, worker);
  },
  punishWrongVerdict: (ctx, worker, disputer) => {
    teeWorker.punishWrongVerdict(ctx, worker, disputer);
    penaliseBond(ctx, worker);
  },
  disputeDeposits: balances.holdFor({ type: 'Audit', value: 'Dispute' }),
  treasury,
});

/** All pallets by name: logic for every declaration, in the same order. */
export const pallets = {
  System: createSystem(declarations.System),
  Timestamp: timestampPallet,
  Balances: balances.pallet,
  TransactionPayment: transactionPayment.pallet,
  Authorship: authorship.pallet,
  Session: session.pallet,
  Staking: staking.pallet,
  Grandpa: grandpa.pallet,
  Offences: offences.pallet,
  SchedulerCredit: credit.pallet,
  Audit: audit.pallet,
  TeeWorker: teeWorker.pallet,
  FileBank: fileBank.pallet,
  Sminer: sminer.pallet,
  StorageHandler: storageHandler.pallet,
  Oss: createOss({
    registrations: balances.holdFor({ type: 'Oss', value: 'Registration' }),
    authorizations: balances.holdFor({ type: 'Oss', value: 'Authorization' }),
  }),
  Randomness: randomnessPallet,
  Anchors: createAnchors({ blockNumber, deposits: balances.holdFor({ type: 'Anchors', value: 'Anchor' }) }),
} satisfies PalletsOf<typeof declarations>;
export type Pallets = typeof pallets;
export const palletList: readonly AnyPallet[] = Object.values(pallets);

/** Queries of pallets that runtime APIs answer. */
export const { statusOfFiles } = fileBank;

/** The extension pipeline, in the order of the extrinsic. */
export const extensions = implementExtensions(extensionDeclarations, {
  CheckNonZeroSender: checkNonZeroSender,
  CheckSpecVersion: checkSpecVersion,
  CheckTxVersion: checkTxVersion,
  CheckGenesis: checkGenesis,
  CheckMortality: checkMortality,
  CheckNonce: checkNonce,
  CheckWeight: checkWeight,
  ChargeTransactionPayment: createChargeTransactionPayment({
    feeOf: transactionPayment.feeOf,
    settle: transactionPayment.settle,
    canPay: balances.canPay,
    withdraw: balances.withdraw,
    refund: balances.deposit,
  }),
});

export const uncheckedExtrinsic = uncheckedExtrinsicCodec(extrinsicTypes);

/** Everything that the metadata shows. */
export function metadataModel(apis: readonly RuntimeApi[]): MetadataModel {
  return {
    crate: CRATE,
    pallets: declarationList,
    outer,
    extensions: extensionList,
    address: extrinsicTypes.address,
    signature: extrinsicTypes.signature,
    extra: extrinsicTypes.extra,
    extrinsic: uncheckedExtrinsic.type,
    apis,
  };
}
