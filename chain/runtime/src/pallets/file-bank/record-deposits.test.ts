// ECON-4: nobody fills the state with records for the price of a transaction.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CESS } from '@cess/primitives';
import { query, tx } from '../../index.js';
import { alice, bob } from '../../test-support/harness.js';
import { amountHeld } from '../../test-support/ledger-books.js';
import { batchOf, fileOf, idOf, StorageScenario, segmentOf } from '../../test-support/storage-scenario.js';

const holders = [0, 1, 2, 3, 4, 5];
const heldBy = (chain: StorageScenario, who = bob.publicKey) => amountHeld(chain, who, 'FileBank.Record');

function network(): StorageScenario {
  const chain = new StorageScenario();
  chain.lockQuota();
  return chain;
}

/** Declares a file of one segment with so many bytes. */
function declare(chain: StorageScenario, tag: number, length: number): Uint8Array {
  const file = fileOf(tag, [segmentOf(tag, holders, length)]);
  chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, [file])));
  return idOf(file);
}

describe('deposits for records of files', () => {
  it('the declarer of a file of one byte pays for its record; the lease pays for fragments of 64 KiB', () => {
    const chain = network();
    declare(chain, 1, 1);
    const whole = heldBy(chain);
    assert.ok(whole > CESS / 50n && whole < CESS / 10n, String(whole));
    declare(chain, 2, 65_536);
    const half = heldBy(chain) - whole;
    assert.ok(half > whole / 3n && half < (whole * 2n) / 3n, String(half));
    declare(chain, 3, 131_072);
    assert.equal(heldBy(chain), whole + half, 'no deposit');
  });

  it('a deposit returns to its payer when the last entry of the file is gone, whoever deletes it', () => {
    const chain = network();
    const id = declare(chain, 1, 1);
    assert.ok(heldBy(chain) > 0n);
    chain.must(alice, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [id] }));
    assert.ok(heldBy(chain) > 0n, 'the fragments are still there');
    chain.advance(1);
    assert.equal(heldBy(chain), 0n);
    assert.equal(heldBy(chain, alice.publicKey), 0n);
    assert.equal([...query.FileBank.RecordDeposits.entries(chain, [])].length, 0);
  });

  it('a declarer without the tokens declares nothing', () => {
    const chain = network();
    const account = query.System.Account.get(chain, bob.publicKey);
    const data = { ...account.data, free: CESS + CESS / 25n };
    query.System.Account.put(chain, bob.publicKey, { ...account, data });
    const file = fileOf(1, [segmentOf(1, holders, 1)]);
    const { error } = chain.run(bob, tx.FileBank.declare_batch(batchOf(chain.providers, [file])));
    assert.equal(error?.type, 'Module');
    assert.equal(query.FileBank.Files.has(chain, idOf(file)), false);
  });
});
