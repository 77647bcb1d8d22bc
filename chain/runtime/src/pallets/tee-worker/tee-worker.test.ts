import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '@cess/primitives';
import { query, tx, WORKER_STAKE } from '../../index.js';
import { AuditScenario, find, flipByte, workerRegistration, workerSigners } from '../../test-support/audit-scenario.js';
import { failsWith } from '../../test-support/fails.js';
import { carol } from '../../test-support/harness.js';
import { amountHeld } from '../../test-support/ledger-books.js';
import { keyOf } from '../../test-support/tag-keys.js';

const fresh = (): AuditScenario => {
  const chain = new AuditScenario(0);
  chain.endow(workerSigners(0).controller.publicKey);
  chain.endow(workerSigners(1).controller.publicKey);
  return chain;
};

import { KEY_DEPOSIT, RECORD_DEPOSIT } from './declaration.js';

describe('TeeWorker', () => {
  it('TEE-1: a worker registers with its keys and stake, and can be drawn from then on', () => {
    const chain = fresh();
    const worker = chain.addWorker(0);
    const info = query.TeeWorker.Workers.get(chain, 0)!;
    assert.equal(info.staked, WORKER_STAKE);
    assert.equal(info.state, 'Active');
    assert.deepEqual(info.signer_key, worker.enclave.publicKey);
    assert.equal(amountHeld(chain, worker.controller.publicKey, 'TeeWorker.Stake'), WORKER_STAKE);
    assert.deepEqual(query.TeeWorker.TagKeys.get(chain, info.tag_key)!.x, worker.key.publicKey.x);
    assert.equal(query.TeeWorker.Verifiers.get(chain, 0), 0);
  });

  it('TEE-2: refuses keys without possession and evidence for another account, key or network', () => {
    const chain = fresh();
    const [mine, other] = [workerSigners(0), workerSigners(1)];
    const key = keyOf('worker 0');
    const { publicKey } = key;
    const declared = { x: publicKey.x, x_alpha: publicKey.xAlpha, srs_hash: publicKey.srsHash, epoch: 0 };
    const foreign = keyOf('worker 1').publicKey.possession;
    const refused = (change: Parameters<typeof workerRegistration>[2], name: string) =>
      failsWith(chain, mine.controller, workerRegistration(mine, key, change), name);
    refused({ key: { ...declared, possession: foreign } }, 'TagKeyRefused');
    refused({ key: { ...declared, possession: flipByte(publicKey.possession, 5) } }, 'TagKeyRefused');
    refused({ key: { ...declared, epoch: 1, possession: publicKey.possession } }, 'BadEvidence');
    refused({ signer_key: other.enclave.publicKey }, 'BadEvidence');
    refused({ endpoint: utf8('') }, 'EmptyEndpoint');
    // The evidence names the controller: it cannot be taken from a pending registration.
    failsWith(chain, other.controller, workerRegistration(mine, key), 'BadEvidence');
    assert.equal(query.TeeWorker.VerifierCount.get(chain), 0);
  });

  it('TEE-2: a production chain takes no software enclave', () => {
    const chain = fresh();
    query.TeeWorker.SoftwareEnclaves.put(chain, false);
    const signers = workerSigners(0);
    failsWith(chain, signers.controller, workerRegistration(signers, keyOf('worker 0')), 'SoftwareEnclaveRefused');
  });

  it('a key, an enclave and an account are registered once', () => {
    const chain = fresh();
    chain.addWorker(0);
    const [mine, other] = [workerSigners(0), workerSigners(1)];
    failsWith(chain, mine.controller, workerRegistration(mine, keyOf('worker 1')), 'AlreadyRegistered');
    failsWith(chain, other.controller, workerRegistration(other, keyOf('worker 0')), 'TagKeyInUse');
    const stolen = { controller: other.controller, enclave: mine.enclave };
    failsWith(chain, other.controller, workerRegistration(stolen, keyOf('worker 1')), 'SignerKeyInUse');
    failsWith(chain, carol, tx.TeeWorker.exit({}), 'NotWorker');
  });

  it('exit frees the stake and the seat; the last worker moves into it', () => {
    const chain = new AuditScenario(2);
    const [first, second] = chain.workers;
    const events = chain.must(first!.controller, tx.TeeWorker.exit({}));
    assert.equal((find(events, 'WorkerExited') as { released: bigint }).released, WORKER_STAKE);
    assert.equal(query.TeeWorker.VerifierCount.get(chain), 1);
    assert.equal(query.TeeWorker.Verifiers.get(chain, 0), second!.index);
    assert.equal(query.TeeWorker.Workers.get(chain, second!.index)!.seat, 0);
    assert.equal(amountHeld(chain, first!.controller.publicKey, 'TeeWorker.Stake'), 0n);
    const records = amountHeld(chain, first!.controller.publicKey, 'TeeWorker.Record');
    assert.equal(records, RECORD_DEPOSIT + KEY_DEPOSIT, 'record and key stay in the state');
    // What it tagged can still be proven.
    assert.ok(query.TeeWorker.TagKeys.has(chain, first!.keyId));
  });

  it('a worker that is not suspended has nothing to resume', () => {
    const chain = new AuditScenario(1);
    failsWith(chain, chain.workers[0]!.controller, tx.TeeWorker.resume({}), 'NotSuspended');
    failsWith(chain, chain.workers[0]!.controller, tx.TeeWorker.add_stake({ amount: 0n }), 'ZeroAmount');
  });
});
