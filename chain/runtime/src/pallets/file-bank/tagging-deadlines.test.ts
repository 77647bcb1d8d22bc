import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { query } from '../../index.js';
import { assertBooksAgree } from '../../test-support/audit-books.js';
import { AuditScenario } from '../../test-support/audit-scenario.js';

const PERIOD = 50;
const holders = (chain: AuditScenario, file: Uint8Array) =>
  [0, 1, 2, 3, 4, 5].map((fragment) => query.FileBank.Fragments.get(chain, file, 0, fragment)!.holder);

function started(): AuditScenario {
  const chain = new AuditScenario();
  query.FileBank.TaggingPeriod.put(chain, PERIOD);
  return chain;
}

describe('FileBank: tagging deadlines', () => {
  it('PODR2-6: an untagged fragment counts as lost at its deadline; its holder pays, others restore it', () => {
    const chain = started();
    const file = chain.storeFile();
    chain.tagFile(file, [0, 1, 2, 3]);
    const staked = query.Sminer.Miners.get(chain, 4)!.staked;
    chain.advance(PERIOD - 6);
    assert.deepEqual(holders(chain, file), [0, 1, 2, 3, 4, 5]);
    chain.advance(8);
    assert.deepEqual(holders(chain, file), [0, 1, 2, 3, undefined, undefined]);
    assert.equal(query.FileBank.RestoralOrders.get(chain, file, 0, 4)!.reason, 'Lost');
    assert.ok(query.Sminer.Miners.get(chain, 4)!.staked < staked);
    assert.deepEqual([...query.FileBank.TaggingDue.entries(chain, [])], []);
    assertBooksAgree(chain);
  });

  it('while no worker tags anything nobody is late', () => {
    const chain = started();
    const file = chain.storeFile();
    chain.advance(3 * PERIOD);
    assert.deepEqual(holders(chain, file), [0, 1, 2, 3, 4, 5]);
    assert.equal(query.FileBank.TaggingClock.get(chain).clock, 0);
    chain.tagFile(file, [0]);
    chain.advance(PERIOD + 5);
    assert.deepEqual(holders(chain, file), [0, undefined, undefined, undefined, undefined, undefined]);
  });

  it('blocks without room for duties do not count', () => {
    const chain = started();
    const file = chain.storeFile();
    chain.tagFile(file, [0]);
    for (let i = 0; i < 2 * PERIOD; i++) {
      query.Audit.LostBlocks.put(chain, query.Audit.LostBlocks.get(chain) + 1);
      chain.advance(1);
    }
    assert.deepEqual(holders(chain, file), [0, 1, 2, 3, 4, 5]);
  });

  it('a deadline does not concern a fragment that got its holder later, nor a deleted file', () => {
    const chain = started();
    const file = chain.storeFile([0, 1, 2, 3, 4, undefined]);
    chain.tagFile(file);
    const info = query.FileBank.Fragments.get(chain, file, 0, 4)!;
    query.FileBank.TaggingDue.put(chain, PERIOD, new Uint8Array(32), 0, 1);
    query.Audit.Tags.remove(chain, file, 0, 4);
    query.FileBank.Fragments.put(chain, file, 0, 4, { ...info, declared_at: chain.number + 1 });
    chain.advance(PERIOD + 5);
    assert.equal(holders(chain, file)[4], 4);
  });
});
