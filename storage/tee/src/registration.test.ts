// TEE-1: one registration, kept as the worker is, and never more stake than its operator gave.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError, silentLogger } from '@cess/primitives';
import { ensureWorkerRegistered } from './registration.js';
import { description, newChain } from './test-support/enclave-fixture.js';
import { FakeTeeChain } from './test-support/fake-chain.js';
import { FakeEnclave, startWorker, teeAccount } from './test-support/worker-fixture.js';

const endpoint = 'http://127.0.0.1:1';

function worker(chain: FakeTeeChain) {
  const init = {
    chain,
    enclave: new FakeEnclave(),
    account: teeAccount,
    endpoint,
    bond: undefined,
    logger: silentLogger,
  };
  return (signal = new AbortController().signal) => ensureWorkerRegistered(init, signal);
}
const changes = (chain: FakeTeeChain) =>
  chain.calls.filter((call) => ['register', 'updateEndpoint', 'resume'].includes(call));

describe('registration of a TEE worker', () => {
  it('registers once, with what its enclave says, and nothing on the next start', async () => {
    const chain = new FakeTeeChain(newChain());
    assert.equal(await worker(chain)(), 7);
    assert.equal(await worker(chain)(), 7);
    assert.deepEqual(changes(chain), ['register']);
    const { signerKey, publicKey } = description;
    assert.deepEqual(chain.registered, {
      ...{ signerKey, publicKey, endpoint, epoch: 0, bond: undefined },
      evidence: new Uint8Array(64).fill(1),
    });
  });

  it('brings the endpoint up to date', async () => {
    const chain = new FakeTeeChain(newChain());
    await worker(chain)();
    chain.record = { ...chain.record!, endpoint: 'http://elsewhere:1' };
    await worker(chain)();
    assert.deepEqual(changes(chain), ['register', 'updateEndpoint']);
    assert.equal(chain.record.endpoint, endpoint);
  });

  it('resumes after a suspension while the stake is enough, and adds none by itself', async () => {
    const chain = new FakeTeeChain(newChain());
    await worker(chain)();
    chain.record = { ...chain.record!, state: 'Suspended' };
    await worker(chain)();
    assert.equal(chain.record.state, 'Active');
    chain.record = { ...chain.record, state: 'Suspended', isStakeEnough: false };
    assert.equal(await worker(chain)(), 7);
    assert.equal(chain.record.state, 'Suspended');
    assert.deepEqual(changes(chain), ['register', 'resume']);
  });

  it('takes itself back when the chain suspends it while it runs', async () => {
    const fixture = await startWorker();
    try {
      const { chain } = fixture;
      chain.record = { ...chain.record!, state: 'Suspended' };
      const resumed = new Promise<void>((resolve) => {
        const resume = chain.resume.bind(chain);
        chain.resume = () => resume().finally(resolve);
      });
      chain.finalize({ type: 'suspended', worker: 7 });
      await resumed;
      assert.equal(chain.record.state, 'Active');
    } finally {
      await fixture.stop();
    }
  });

  it('does not go on as the worker of another enclave', async () => {
    const chain = new FakeTeeChain(newChain());
    await worker(chain)();
    chain.record = { ...chain.record!, signerKey: new Uint8Array(32) };
    await assert.rejects(worker(chain)(), (error) => isCessError(error, 'TEE_ENCLAVE_MISMATCH'));
  });

  it('tries until the chain answers, and gives up when it is told to', async () => {
    const chain = new FakeTeeChain(newChain());
    chain.isDown = true;
    const stopped = AbortSignal.timeout(50);
    await assert.rejects(worker(chain)(stopped), (error) => isCessError(error, 'ABORTED'));
    const registering = worker(chain)();
    chain.isDown = false;
    assert.equal(await registering, 7);
  });
});
