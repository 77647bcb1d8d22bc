// No hook can halt the chain: each hook of each pallet is made to throw in every block, after writing to the state.
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { CESS, CessError, utf8 } from '@cess/primitives';
import { palletList } from './construct.js';
import type { Context } from './frame/context.js';
import type { Hooks } from './frame/pallet.js';
import { tx } from './index.js';
import { alice, bob, Harness } from './test-support/harness.js';

const strayKey = utf8('written by a hook that failed');
const hookNames = ['onInitialize', 'onFinalize'] as const;
const hooks = palletList.flatMap(({ declaration, hooks: all }) =>
  hookNames.filter((name) => name in all).map((hook) => ({ pallet: declaration.id.name, all, hook })),
);
const restore: (() => void)[] = [];

/** Replaces the hook until the end of the test. */
function breakHook(all: Hooks, hook: (typeof hookNames)[number], error: Error): void {
  const original = { ...all };
  restore.push(() => Object.assign(all, original));
  Object.assign(all, {
    [hook]: (ctx: Context) => {
      ctx.ext.put(strayKey, utf8('stray'));
      throw error;
    },
  });
}

describe('a hook that throws', () => {
  afterEach(() => {
    for (const each of restore.splice(0)) each();
  });

  it('is tested for every pallet that has one', () => {
    assert.ok(hooks.length >= 4);
  });

  for (const { pallet, hook, all } of hooks) {
    it(`${pallet}.${hook}: the chain continues and takes transactions, and the hook leaves no trace`, () => {
      const chain = new Harness();
      breakHook(all, hook, new RangeError('injected'));
      const dest = { type: 'Id', value: bob.publicKey } as const;
      for (let i = 0; i < 3; i++) {
        const { error } = chain.run(alice, tx.Balances.transfer_keep_alive({ dest, value: CESS }));
        assert.equal(error, undefined);
      }
      assert.equal(chain.number, 3);
      assert.equal(chain.ext.get(strayKey), undefined);
      assert.deepEqual(
        chain.hookFailures,
        Array.from({ length: 3 }, () => ({ pallet, hook, reason: 'injected' })),
      );
    });
  }

  it('because the state cannot be read ends the block: the other nodes can read it', () => {
    const chain = new Harness();
    const [first] = hooks;
    assert.ok(first);
    breakHook(first.all, first.hook, new CessError('STATE_PRUNED' as never, 'injected', {} as never));
    assert.throws(() => chain.advance(1), /injected/);
  });
});
