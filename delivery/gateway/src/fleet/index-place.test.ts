// A gateway must not seem empty because its configuration names another place for the index than before.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isIndexElsewhere, LocalBackend, markUsed } from '@cess/object-index';
import { createMemoryKv } from '@cess/store';
import { assertIndexPlace } from './open-fleet.js';

describe('the place of the index', () => {
  it('stays the data folder once it has an index', async () => {
    const kv = createMemoryKv();
    await assertIndexPlace(kv, false);
    await markUsed(new LocalBackend(kv));
    await assert.rejects(assertIndexPlace(kv, true), { code: 'GATEWAY_INDEX_PLACE' });
    await assertIndexPlace(kv, false);
  });

  it('stays the database once the gateway started with it', async () => {
    const kv = createMemoryKv();
    await assertIndexPlace(kv, true);
    await assertIndexPlace(kv, true);
    assert.equal(isIndexElsewhere(kv), true);
    await assert.rejects(assertIndexPlace(kv, false), { code: 'GATEWAY_INDEX_PLACE' });
  });
});
