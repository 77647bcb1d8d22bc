// The example of CONTRIBUTING.md "Add a pallet": it is the code in test-support/counter, it compiles, and it runs.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { outerTypes } from './frame/assemble.js';
import { takeEvents } from './frame/block-scratch.js';
import { Executive } from './frame/executive.js';
import { definePallet, type PalletsOf } from './frame/pallet.js';
import { counter, counterErrors, counterStorage } from './test-support/counter/declaration.js';
import { createCounter } from './test-support/counter/index.js';
import { alice, runtimeCrypto } from './test-support/harness.js';
import { MemoryExternalities } from './test-support/memory-externalities.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const source = `${root}/chain/runtime/src/test-support/counter`;

const declarations = { Counter: counter };
const { pallet } = createCounter({ blockNumber: () => 7 });
const pallets = { Counter: pallet } satisfies PalletsOf<typeof declarations>;

function runtimeOfCounter() {
  const { call, event } = outerTypes(Object.values(declarations), 'example_runtime');
  const executive = new Executive({
    format: { call, extras: [] },
    extensions: [],
    pallets: Object.values(pallets),
    crypto: runtimeCrypto,
    maxExtrinsicBytes: 1024,
  });
  const ctx = executive.context(new MemoryExternalities(), { type: 'Initialization' });
  pallet.genesis(ctx, { counterStart: 40 });
  const origin = { type: 'Signed', account: alice.publicKey } as const;
  const count = (step: number) =>
    executive.dispatch(ctx, origin, { type: 'Counter', value: { type: 'count', value: { step } } }).failure;
  return { ctx, event, count };
}

describe('the example of how to add a pallet', () => {
  it('is printed in CONTRIBUTING.md as it is tested', () => {
    const text = readFileSync(`${root}/CONTRIBUTING.md`, 'utf8');
    for (const file of readdirSync(source)) {
      // The example stands two folders deep, as pallets do, so that it can be copied as it is.
      assert.ok(text.includes(readFileSync(`${source}/${file}`, 'utf8').trim()), `CONTRIBUTING.md shows ${file}`);
    }
  });

  it('a call changes the state and records an event', () => {
    const { ctx, event, count } = runtimeOfCounter();
    assert.equal(count(2), undefined);
    assert.equal(counterStorage.Counts.get(ctx, alice.publicKey), 42);
    const [recorded] = takeEvents(ctx);
    assert.ok(recorded !== undefined);
    // Phase (one byte before the first extrinsic) ‖ event ‖ no topics.
    assert.deepEqual(event.decode(recorded.subarray(1, -1)), {
      type: 'Counter',
      value: { type: 'Counted', value: { who: alice.publicKey, count: 42, block: 7 } },
    });
  });

  it('a call that fails leaves no trace and answers with the declared error', () => {
    const { ctx, count } = runtimeOfCounter();
    assert.deepEqual(count(101), counterErrors.byName.StepTooLarge);
    assert.equal(counterStorage.Counts.get(ctx, alice.publicKey), undefined);
    assert.deepEqual(takeEvents(ctx), []);
  });
});

describe('declarations and logic', () => {
  it('the compiler refuses a declared call without logic, and logic without a declaration', () => {
    const logic = { weight: () => ({ ref_time: 0n, proof_size: 0n }), dispatch: () => {} };
    // @ts-expect-error `count` is declared.
    assert.throws(() => definePallet(counter, { calls: {} }), /Counter\.count has logic/);
    // @ts-expect-error `reset` is not declared.
    definePallet(counter, { calls: { count: logic, reset: logic } });
  });

  it('the compiler refuses a declared pallet that is not constructed, and one that is not declared', () => {
    // @ts-expect-error Counter is missing.
    const missing = {} satisfies PalletsOf<typeof declarations>;
    // @ts-expect-error Extra is not declared.
    const extra = { Counter: pallet, Extra: pallet } satisfies PalletsOf<typeof declarations>;
    assert.notDeepEqual(Object.keys(missing), Object.keys(extra));
  });
});
