// The samples of all pallets: a row for each call and each hook.

import { tx } from '../../index.js';
import { anchorsRows } from '../../pallets/anchors/test-support/weights.js';
import { auditRows } from '../../pallets/audit/test-support/weights.js';
import { authorshipRows } from '../../pallets/authorship/test-support/weights.js';
import { balancesRows } from '../../pallets/balances/test-support/weights.js';
import { fileBankRows } from '../../pallets/file-bank/test-support/weights.js';
import { grandpaRows } from '../../pallets/grandpa/test-support/weights.js';
import { offencesRows } from '../../pallets/offences/test-support/weights.js';
import { ossRows } from '../../pallets/oss/test-support/weights.js';
import { sminerRows } from '../../pallets/sminer/test-support/weights.js';
import { stakingRows } from '../../pallets/staking/test-support/weights.js';
import { storageHandlerRows } from '../../pallets/storage-handler/test-support/weights.js';
import { systemRows } from '../../pallets/system/test-support/weights.js';
import { teeWorkerRows } from '../../pallets/tee-worker/test-support/weights.js';
import { timestampRows } from '../../pallets/timestamp/test-support/weights.js';
import { transactionPaymentRows } from '../../pallets/transaction-payment/test-support/weights.js';
import { alice, Harness } from '../harness.js';
import { applied, emptyBlock, opened } from './prepare.js';
import type { PalletRows, Sample } from './row.js';
import { network } from './states.js';

/** By pallet; one without calls and hooks has no rows. */
export const palletRows: Readonly<Record<string, PalletRows>> = {
  System: systemRows,
  Timestamp: timestampRows,
  Balances: balancesRows,
  TransactionPayment: transactionPaymentRows,
  Authorship: authorshipRows,
  Staking: stakingRows,
  Grandpa: grandpaRows,
  Offences: offencesRows,
  Audit: auditRows,
  TeeWorker: teeWorkerRows,
  FileBank: fileBankRows,
  Sminer: sminerRows,
  StorageHandler: storageHandlerRows,
  Oss: ossRows,
  Anchors: anchorsRows,
};

/** What the others are measured beside. */
export const baseSamples = {
  extrinsic: () => applied(new Harness(), alice, tx.System.remark({ remark: new Uint8Array(0) })),
  opening: () => opened(network(16)),
  block: () => emptyBlock(network(16)),
} satisfies Readonly<Record<string, Sample['prepare']>>;
