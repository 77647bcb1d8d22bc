// The declarations of all pallets, one line each, in the order of the metadata. The runtime in `construct.ts` must give
// logic for exactly these.
import { multiAddress, multiSignature } from '@cess/chain-primitives';
import { extraCodec, extrasOfExtensions } from '../extensions/declaration.js';
import { outerTypes } from '../frame/assemble.js';
import type { PalletDeclaration } from '../frame/declaration.js';
import { anchors } from '../pallets/anchors/declaration.js';
import { audit } from '../pallets/audit/declaration.js';
import { authorship } from '../pallets/authorship/declaration.js';
import { balances } from '../pallets/balances/declaration.js';
import { fileBank } from '../pallets/file-bank/declaration.js';
import { grandpa } from '../pallets/grandpa/declaration.js';
import { offences } from '../pallets/offences/declaration.js';
import { oss } from '../pallets/oss/declaration.js';
import { randomness } from '../pallets/randomness/declaration.js';
import { schedulerCredit } from '../pallets/scheduler-credit/declaration.js';
import { session } from '../pallets/session/declaration.js';
import { sminer } from '../pallets/sminer/declaration.js';
import { staking } from '../pallets/staking/declaration.js';
import { storageHandler } from '../pallets/storage-handler/declaration.js';
import { completeSystem, systemParts } from '../pallets/system/declaration.js';
import { teeWorker } from '../pallets/tee-worker/declaration.js';
import { timestamp } from '../pallets/timestamp/declaration.js';
import { transactionPayment } from '../pallets/transaction-payment/declaration.js';
import { RUNTIME_API_IDS, runtimeVersionOf, versionFields } from '../version.js';

/** The crate name in the paths of the outer types. */
export const CRATE = 'cess_runtime';

const declared = {
  Timestamp: timestamp,
  Balances: balances,
  TransactionPayment: transactionPayment,
  Authorship: authorship,
  Session: session,
  Staking: staking,
  Grandpa: grandpa,
  Offences: offences,
  SchedulerCredit: schedulerCredit,
  Audit: audit,
  TeeWorker: teeWorker,
  FileBank: fileBank,
  Sminer: sminer,
  StorageHandler: storageHandler,
  Oss: oss,
  Randomness: randomness,
  Anchors: anchors,
};

/** The outer call, event and error types. */
export const outer = outerTypes([systemParts, ...Object.values(declared)], CRATE);
export const runtimeVersion = runtimeVersionOf(RUNTIME_API_IDS);

/** The declarations of all pallets by name. */
export const declarations = { System: completeSystem(outer.event, versionFields(runtimeVersion)), ...declared };
export type Declarations = typeof declarations;
export const declarationList: readonly PalletDeclaration[] = Object.values(declarations);

/** How extrinsics of this runtime are encoded. */
export const extrinsicFormat = { call: outer.call, extras: extrasOfExtensions };
/** The types of the parts of a signed extrinsic, as the metadata shows them. */
export const extrinsicTypes = {
  address: multiAddress.type,
  call: outer.call.type,
  signature: multiSignature.type,
  extra: extraCodec.type,
};
