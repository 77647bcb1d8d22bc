// No hook can halt the chain: each hook of each pallet is made to throw, after writing to the state.
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { CESS, CessError, invariant, utf8 } from '@cess/primitives';
import { palletList } from './construct.js';
import type { HookName } from './frame/contained-hooks.js';
import type { Context } from './frame/context.js';
import { DispatchFailure } from './frame/failure.js';
import type { Hooks } from './frame/pallet.js';
import { refTime } from './frame/weight.js';
import { type EventRecord, query, tx } from './index.js';
import { alice, bob, Harness } from './test-support/harness.js';

const strayKey = utf8('written by a hook that failed');
/** Every hook that there is, so that a new one is tested as well. */
const hooks = palletList.flatMap(({ declaration, hooks: all }) =>
  (Object.keys(all) as HookName[]).map((hook) => ({ pallet: declaration.id.name, all, hook })),
);
const restore: (() => void)[] = [];

/** Replaces the hook until `mend` or the end of the test. */
function replaceHook(all: Hooks, hook: HookName, run: (ctx: Context) => unknown): void {
  const original = { ...all };
  restore.push(() => Object.assign(all, original));
  const replacement = hook === 'onFinalize' ? { ...all.onFinalize, run } : run;
  Object.assign(all, { [hook]: replacement });
}

function breakHook(all: Hooks, hook: HookName, error: Error): void {
  replaceHook(all, hook, (ctx) => {
    ctx.ext.put(strayKey, utf8('stray'));
    throw error;
  });
}

function mend(): void {
  for (const each of restore.splice(0).reverse()) each();
}

const failuresIn = (events: readonly EventRecord[]) =>
  events.flatMap(({ event }) =>
    event.type === 'System' && event.value.type === 'HookFailed' ? [event.value.value] : [],
  );

/** A block with a transfer; in it the runtime has another version than in the block before. */
function nextBlock(chain: Harness) {
  query.System.LastRuntimeUpgrade.kill(chain);
  const dest = { type: 'Id', value: bob.publicKey } as const;
  return chain.run(alice, tx.Balances.transfer_keep_alive({ dest, value: CESS }));
}

describe('a hook that throws', () => {
  afterEach(mend);

  for (const { pallet, hook, all } of hooks) {
    describe(`${pallet}.${hook}`, () => {
      it('is rolled back and recorded on chain and for the node, and the chain takes transactions', () => {
        const chain = new Harness();
        breakHook(all, hook, new RangeError('injected'));
        for (let i = 1; i <= 3; i++) {
          const { error, events } = nextBlock(chain);
          assert.equal(error, undefined);
          assert.equal(chain.number, i);
          assert.deepEqual(failuresIn(events), [{ pallet, hook, code: 'UNEXPECTED' }]);
        }
        assert.equal(chain.ext.get(strayKey), undefined);
        const failure = { pallet, hook, code: 'UNEXPECTED', reason: 'injected' };
        assert.deepEqual(chain.hookFailures, [failure, failure, failure]);
      });

      it('keeps no other hook from running, and runs again in the next block', () => {
        const chain = new Harness();
        breakHook(all, hook, new RangeError('injected'));
        const ran: string[] = [];
        const others = hooks.filter((other) => other.pallet !== pallet || other.hook !== hook);
        const spy = (each: (typeof hooks)[number]) =>
          replaceHook(each.all, each.hook, () => {
            ran.push(`${each.pallet}.${each.hook}`);
            return refTime(0n);
          });
        for (const other of others) spy(other);
        assert.equal(failuresIn(nextBlock(chain).events).length, 1);
        assert.deepEqual(ran.sort(), others.map((other) => `${other.pallet}.${other.hook}`).sort());
        mend();
        spy({ pallet, hook, all });
        ran.length = 0;
        assert.deepEqual(failuresIn(nextBlock(chain).events), []);
        assert.deepEqual(ran, [`${pallet}.${hook}`]);
      });
    });
  }

  it('is recorded with the code of its error', () => {
    const chain = new Harness();
    const first = hooks.find(({ hook }) => hook === 'onInitialize');
    assert.ok(first);
    const codeOf = (error: Error) => {
      breakHook(first.all, first.hook, error);
      const { events } = nextBlock(chain);
      mend();
      return failuresIn(events)[0]?.code;
    };
    assert.equal(codeOf(new CessError('BLOCK_INVALID', 'injected', {})), 'BLOCK_INVALID');
    const error = { type: 'Module', value: { index: 104, error: Uint8Array.of(7, 0, 0, 0) } } as const;
    assert.equal(codeOf(new DispatchFailure(error)), 'MODULE_104_7');
    assert.equal(codeOf(new DispatchFailure({ type: 'BadOrigin' })), 'DISPATCH_BadOrigin');
    const broken = () => invariant(false, 'injected');
    assert.throws(broken, (thrown: Error) => codeOf(thrown) === 'INVARIANT');
  });

  it('has booked what it had done', () => {
    const chain = new Harness();
    // It books nothing while its queues are empty.
    const first = hooks.findLast(({ hook }) => hook === 'onInitialize');
    assert.ok(first);
    const mandatory = () => query.System.BlockWeight.get(chain).mandatory.ref_time;
    nextBlock(chain);
    const before = mandatory();
    const original = { ...first.all };
    restore.push(() => Object.assign(first.all, original));
    const failing: Hooks['onInitialize'] = (_ctx, budget) => {
      budget.spend(refTime(7n));
      throw new RangeError('injected');
    };
    Object.assign(first.all, { onInitialize: failing });
    nextBlock(chain);
    assert.equal(mandatory(), before + 7n);
  });

  it('because the state cannot be read ends the block: the other nodes can read it', () => {
    const chain = new Harness();
    const [first] = hooks;
    assert.ok(first);
    breakHook(first.all, first.hook, new CessError('STATE_PRUNED' as never, 'injected', {} as never));
    assert.throws(() => chain.advance(1), /injected/);
  });
});
