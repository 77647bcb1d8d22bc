// CHAIN-5: a whole network over four validators that vote. Validators are killed in turn, the one that all roles use included, while clients
// write: nothing that was acknowledged is lost, everything is declared, and all validators have the same final blocks.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '@cess/primitives/testing';
import { TestNetwork } from './support/network.js';
import { StoredObjects } from './support/objects.js';
import { holderOf, replaced } from './support/role-processes.js';

const bucket = 'validators';
const folders = ['chain', 'validators/validator-02', 'validators/validator-03', 'validators/validator-04'];

interface Status {
  readonly chain: {
    readonly validators: readonly { readonly running: boolean; readonly best: number; readonly finalized: number }[];
  };
  readonly gateway: { readonly undeclared: number };
}

describe('a network over four validators', () => {
  let network: TestNetwork;
  let objects: StoredObjects;

  before(async () => {
    network = await TestNetwork.create({
      environment: { CESS_PROCESSES: '1', CESS_VALIDATORS: '4', CESS_PROVIDERS: '12' },
    });
    await network.start();
    objects = new StoredObjects(network.credentials, bucket);
    await objects.createBucket();
  });
  after(async () => {
    objects?.client.destroy();
    await network?.destroy();
  });

  const status = async () => (await network.cess('status')) as Status;

  async function allFinalize(): Promise<void> {
    const from = Math.max(...(await status()).chain.validators.map(({ best }) => best));
    await eventually(
      async () => (await status()).chain.validators.every(({ running, finalized }) => running && finalized > from),
      'all validators finalize new blocks',
    );
  }

  const allDeclared = () => eventually(async () => (await status()).gateway.undeclared === 0, 'all files declared');

  it('stores, declares, and proves the record against a header that three of them finalized', async () => {
    await objects.put('first', 3_000_000);
    await allDeclared();
    const [file] = (await network.cess('file', 'show', `s3://${bucket}/first`, '--verify')) as { verified: boolean }[];
    assert.equal(file?.verified, true);
  });

  for (const [index, folder] of folders.entries()) {
    it(`loses nothing while validator ${index + 1} of 4 is killed`, async () => {
      const killed = holderOf(network.home, folder) ?? assert.fail();
      process.kill(killed, 'SIGKILL');
      for (let i = 0; i < 3; i++) await objects.put(`${index}/${i}`, 200_000);
      await replaced(() => holderOf(network.home, folder), killed, folder);
      await allDeclared();
      await objects.assertAllEqual();
    });
  }

  it('makes blocks but finalizes none while two of four are stopped, and declares when one is back', async () => {
    for (const name of ['validator-03', 'validator-04']) await network.cess('devnet', 'validator', 'stop', name);
    const stopped = (await status()).chain.validators[0] ?? assert.fail();
    await objects.put('waiting', 200_000);
    const later = await eventually(async () => {
      const [first] = (await status()).chain.validators;
      return first && first.best > stopped.best + 8 ? first : undefined;
    }, 'blocks without finality');
    // What was voted before may have become final since.
    assert.ok(later.finalized <= stopped.finalized + 3, `${later.finalized}, ${stopped.finalized} when two stopped`);
    assert.equal(await objects.status('waiting'), 'stored');
    for (const name of ['validator-03', 'validator-04']) await network.cess('devnet', 'validator', 'start', name);
    await allDeclared();
    await allFinalize();
    await objects.assertAllEqual();
  });
});
