// Samples of TeeWorker: several workers, so that seats move.
import { CESS, elementAt, invariant } from '@cess/primitives';
import { attestationReportData } from '@cess/proofs';
import { softwareEvidenceMessage } from '@cess/types';
import { query, tx } from '../../../index.js';
import { AuditScenario, workerRegistration, workerSigners } from '../../../test-support/audit-scenario.js';
import { contextOver, GENESIS_HASH } from '../../../test-support/harness.js';
import { keyOf } from '../../../test-support/tag-keys.js';
import { applied } from '../../../test-support/weights/prepare.js';
import { fixed, type PalletRows } from '../../../test-support/weights/row.js';
import { teeWorkerStorage as storage } from '../declaration.js';
import { leaveSeat } from '../duties.js';

const endpoint = new Uint8Array(100).fill(0x61);

function ofFirst(call: (chain: AuditScenario) => Uint8Array) {
  return fixed(() => {
    const chain = new AuditScenario(3);
    const { controller } = elementAt(chain.workers, 0);
    const bytes = call(chain);
    return applied(chain, controller, bytes);
  });
}

export const teeWorkerRows: PalletRows = {
  register_worker: fixed(() => {
    const chain = new AuditScenario(0);
    const signers = workerSigners(0);
    chain.endow(signers.controller.publicKey);
    return applied(chain, signers.controller, workerRegistration(signers, keyOf('worker 0'), { endpoint }));
  }),
  update_endpoint: ofFirst(() => tx.TeeWorker.update_endpoint({ endpoint })),
  add_tag_key: ofFirst((chain) => {
    const { controller, enclave } = elementAt(chain.workers, 0);
    const { publicKey } = keyOf('worker 7');
    const { x, xAlpha: x_alpha, srsHash: srs_hash, possession } = publicKey;
    const message = softwareEvidenceMessage(controller.publicKey, attestationReportData(publicKey, 1, GENESIS_HASH));
    const evidence = { type: 'Software' as const, value: enclave.sign(message) };
    return tx.TeeWorker.add_tag_key({ key: { x, x_alpha, srs_hash, possession, epoch: 1 }, evidence });
  }),
  exit: ofFirst(() => tx.TeeWorker.exit({})),
  add_stake: ofFirst((chain) => {
    chain.endow(elementAt(chain.workers, 0).controller.publicKey);
    return tx.TeeWorker.add_stake({ amount: CESS });
  }),
  resume: ofFirst((chain) => {
    leaveSeat(contextOver(chain.ext), 0, 'Suspended');
    invariant(query.TeeWorker.VerifierCount.get(chain) === 2, 'the worker left its seat');
    invariant(storage.Workers.get(chain, 0)?.state === 'Suspended', 'the worker is suspended');
    return tx.TeeWorker.resume({});
  }),
};
