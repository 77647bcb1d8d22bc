// CHAIN-9: migrations of pallets run once, in the first block that a new version of the runtime executes.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { utf8 } from '@cess/primitives';
import { palletList } from './construct.js';
import type { Context } from './frame/context.js';
import type { Hooks } from './frame/pallet.js';
import { query } from './index.js';
import { Harness } from './test-support/harness.js';
import { SPEC_NAME, SPEC_VERSION } from './version.js';

type Changeable = { -readonly [N in keyof Hooks]: Hooks[N] };

const [first, second] = palletList.map(({ hooks }) => hooks as Changeable);
assert.ok(first && second);
const migratedKey = utf8('migrated');

describe('an upgrade of the runtime', () => {
  const migrations = palletList.map(({ hooks }) => [hooks as Changeable, hooks.onRuntimeUpgrade] as const);

  beforeEach(() => {
    for (const [hooks] of migrations) delete hooks.onRuntimeUpgrade;
  });

  afterEach(() => {
    for (const [hooks, migrate] of migrations) {
      if (migrate === undefined) delete hooks.onRuntimeUpgrade;
      else hooks.onRuntimeUpgrade = migrate;
    }
  });

  /** A chain whose last block was executed by another version. */
  function oldChain(recorded: number | undefined): Harness {
    const chain = new Harness();
    chain.advance(1);
    if (recorded === undefined) query.System.LastRuntimeUpgrade.kill(chain);
    else query.System.LastRuntimeUpgrade.put(chain, { spec_version: recorded, spec_name: SPEC_NAME });
    return chain;
  }

  for (const [name, recorded, expected] of [
    ['a recorded version', 2, 2],
    ['none, as chains of version 0.1', undefined, 0],
  ] as const) {
    it(`from ${name}: each pallet migrates once, before the other hooks of the block`, () => {
      const calls: unknown[] = [];
      first.onRuntimeUpgrade = (ctx: Context, from) => {
        calls.push(from, query.System.Number.get(ctx));
        ctx.ext.put(migratedKey, utf8('yes'));
        return { ref_time: 7_000_000n, proof_size: 0n };
      };
      const chain = oldChain(recorded);
      chain.open();
      const upgraded = query.System.BlockWeight.get(chain).mandatory.ref_time;
      chain.close();
      chain.open();
      assert.equal(upgraded - query.System.BlockWeight.get(chain).mandatory.ref_time, 7_000_000n);
      chain.close();
      chain.advance(2);
      assert.deepEqual(calls, [expected, 2]);
      assert.deepEqual(chain.ext.get(migratedKey), utf8('yes'));
      assert.deepEqual(query.System.LastRuntimeUpgrade.get(chain), {
        spec_version: SPEC_VERSION,
        spec_name: SPEC_NAME,
      });
    });
  }

  it('a new chain has nothing to migrate', () => {
    first.onRuntimeUpgrade = () => assert.fail('migrated');
    const chain = new Harness();
    chain.advance(2);
    assert.deepEqual(chain.hookFailures, []);
  });

  it('a migration that throws is rolled back and reported; the others run, and the chain continues', () => {
    let migrated = 0;
    first.onRuntimeUpgrade = (ctx: Context) => {
      ctx.ext.put(migratedKey, utf8('half'));
      throw new RangeError('injected');
    };
    second.onRuntimeUpgrade = () => {
      migrated++;
      return { ref_time: 0n, proof_size: 0n };
    };
    const chain = oldChain(1);
    chain.advance(3);
    assert.equal(migrated, 1);
    assert.equal(chain.ext.get(migratedKey), undefined);
    assert.deepEqual(chain.hookFailures, [
      { pallet: 'System', hook: 'onRuntimeUpgrade', code: 'UNEXPECTED', reason: 'injected' },
    ]);
  });
});
