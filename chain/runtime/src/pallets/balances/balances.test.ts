import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEd25519Signer } from '@cess/crypto';
import { CESS } from '@cess/primitives';
import fc from 'fast-check';
import { SPACE_TREASURY_ACCOUNT, TREASURY_ACCOUNT } from '../../accounts.js';
import { takeEvents } from '../../frame/block-scratch.js';
import type { Context } from '../../frame/context.js';
import { dispatchInLayer } from '../../frame/dispatch.js';
import { EXISTENTIAL_DEPOSIT, query, tx } from '../../index.js';
import { failsWith } from '../../test-support/fails.js';
import { alice, author, bob, Harness, runtimeCrypto } from '../../test-support/harness.js';
import { assertHoldsAgree } from '../../test-support/ledger-books.js';
import { MemoryExternalities } from '../../test-support/memory-externalities.js';
import { accountOf, accounts, announceAccount, putAccount, removeAccount, systemStorage } from '../system/index.js';
import { balancesStorage } from './declaration.js';
import { createBalances } from './index.js';
import { balanceOf, setFree } from './ledger.js';

const needs = { accountOf, putAccount, removeAccount, announceAccount, accounts, pots: [], formerReserves: () => [] };
const { pallet, deposit, holdFor, transfer, withdraw } = createBalances(needs);
const stake = holdFor({ type: 'Sminer', value: 'Stake' });
const unbonding = holdFor({ type: 'Sminer', value: 'Unbonding' });
const holeDeposits = holdFor({ type: 'FileBank', value: 'Hole' });

const ED = EXISTENTIAL_DEPOSIT;
const accountNumber = (index: number) => new Uint8Array(32).fill(index + 1);
const to = (account: Uint8Array) => ({ type: 'Id', value: account }) as const;

/** The ledger alone over an empty state. */
function ledger(): Context {
  return { ext: new MemoryExternalities(), crypto: runtimeCrypto, phase: { type: 'Initialization' } };
}

describe('transfers', () => {
  const poor = createEd25519Signer(new Uint8Array(32).fill(42));

  it('transfer_keep_alive refuses to end the sender, transfer_allow_death does not', () => {
    const chain = new Harness();
    const free = chain.free(alice.publicKey);
    const dest = to(poor.publicKey);
    failsWith(chain, alice, tx.Balances.transfer_keep_alive({ dest, value: free }), 'Token.FundsUnavailable');
    const ctx = { ext: chain.ext, crypto: runtimeCrypto, phase: { type: 'Initialization' } as const };
    const all = { from: alice.publicKey, to: poor.publicKey, amount: chain.free(alice.publicKey) };
    const { failure: refused } = dispatchInLayer(ctx, () => transfer(ctx, { ...all, keepAlive: true }));
    assert.deepEqual(refused, { type: 'Token', value: 'NotExpendable' });
    transfer(ctx, { ...all, keepAlive: false });
    assert.equal(query.System.Account.get(chain, alice.publicKey).providers, 0);
  });

  it('the existential deposit is 1 CESS, as the constant of the metadata says', () => {
    assert.equal(ED, CESS);
    assert.equal(pallet.declaration.constants.ExistentialDeposit.value, CESS);
  });

  it('treasury accounts exist from the beginning, so that they receive any amount', () => {
    const chain = new Harness();
    for (const pot of [TREASURY_ACCOUNT, SPACE_TREASURY_ACCOUNT]) assert.equal(chain.free(pot), ED);
  });

  it('fees reach the treasury where the author has no account', () => {
    const chain = new Harness();
    const { free, reserved } = query.System.Account.get(chain, author.publicKey).data;
    query.System.Account.remove(chain, author.publicKey);
    query.Balances.Holds.remove(chain, author.publicKey);
    const total = query.Balances.TotalIssuance.get(chain) - free - reserved;
    query.Balances.TotalIssuance.put(chain, total);
    chain.run(alice, tx.Balances.transfer_keep_alive({ dest: to(bob.publicKey), value: CESS }));
    assert.equal(query.System.Account.has(chain, author.publicKey), false);
    assert.ok(chain.free(TREASURY_ACCOUNT) > ED);
    assert.equal(query.Balances.TotalIssuance.get(chain), total);
  });

  it('an account below the existential deposit of an earlier version stays until it spends', () => {
    const ctx = ledger();
    const [a, b] = [accountNumber(0), accountNumber(1)];
    setFree(ctx, needs, b, 10n * ED);
    const account = accountOf(ctx, a);
    putAccount(ctx, a, { ...account, providers: 1, data: { ...account.data, free: ED / 4n, reserved: 2n * ED } });
    balancesStorage.TotalIssuance.mutate(ctx, (total) => total + ED / 4n + 2n * ED);
    balancesStorage.Holds.put(ctx, a, [{ id: stake.reason, amount: 2n * ED }]);
    assert.equal(stake.transfer(ctx, { from: a, to: b, amount: 2n * ED }), 2n * ED, 'a slash does not fail');
    assert.equal(balanceOf(ctx, needs, a).free, ED / 4n);
    transfer(ctx, { from: b, to: a, amount: ED, keepAlive: true });
    transfer(ctx, { from: a, to: b, amount: ED, keepAlive: false });
    assert.equal(systemStorage.Account.has(ctx, a), false);
    assert.equal(balancesStorage.TotalIssuance.get(ctx), 12n * ED);
  });

  it('a new account must receive at least the existential deposit', () => {
    const chain = new Harness();
    const dest = to(poor.publicKey);
    failsWith(chain, alice, tx.Balances.transfer_keep_alive({ dest, value: ED - 1n }), 'Token.BelowMinimum');
    const { events } = chain.run(alice, tx.Balances.transfer_keep_alive({ dest, value: ED }));
    const names = events.map(({ event }) => `${event.type}.${event.value.type}`);
    assert.ok(names.includes('System.NewAccount') && names.includes('Balances.Endowed'));
  });

  it('transfer_all leaves nothing, or the existential deposit', () => {
    const chain = new Harness();
    chain.run(alice, tx.Balances.transfer_all({ dest: to(bob.publicKey), keep_alive: true }));
    assert.equal(chain.free(alice.publicKey), ED);
    chain.run(bob, tx.Balances.transfer_all({ dest: to(poor.publicKey), keep_alive: false }));
    assert.equal(query.System.Account.get(chain, bob.publicKey).providers, 0);
    const total = query.Balances.TotalIssuance.get(chain);
    const sum = [...query.System.Account.entries(chain, [])].reduce(
      (all, [, { data }]) => all + data.free + data.reserved,
      0n,
    );
    assert.equal(sum, total);
  });

  it('addresses that are no account ids cannot be looked up', () => {
    const chain = new Harness();
    const dest = { type: 'Address20', value: new Uint8Array(20) } as const;
    failsWith(chain, alice, tx.Balances.transfer_keep_alive({ dest, value: CESS }), 'CannotLookup');
  });

  it('a transfer to oneself changes nothing but the fee', () => {
    const chain = new Harness();
    const total = query.Balances.TotalIssuance.get(chain);
    chain.run(alice, tx.Balances.transfer_allow_death({ dest: to(alice.publicKey), value: 5n * CESS }));
    assert.ok(chain.free(alice.publicKey) > 999_999n * CESS);
    assert.equal(query.Balances.TotalIssuance.get(chain), total);
  });

  it('force_set_balance is for root alone', () => {
    const chain = new Harness();
    failsWith(chain, alice, tx.Balances.force_set_balance({ who: to(bob.publicKey), new_free: 0n }), 'BadOrigin');
    const ctx = ledger();
    pallet.calls.force_set_balance.dispatch(ctx, { type: 'Root' }, { who: to(bob.publicKey), new_free: 7n * CESS });
    assert.equal(balanceOf(ctx, needs, bob.publicKey).free, 7n * CESS);
    assert.equal(balancesStorage.TotalIssuance.get(ctx), 7n * CESS);
  });
});

describe('ledger', () => {
  it('an account with held tokens cannot fall below the existential deposit', () => {
    const ctx = ledger();
    const [a, b] = [accountNumber(0), accountNumber(1)];
    setFree(ctx, needs, a, 10n * ED);
    stake.hold(ctx, a, 5n * ED);
    const { failure: refused } = dispatchInLayer(ctx, () =>
      transfer(ctx, { from: a, to: b, amount: 5n * ED, keepAlive: false }),
    );
    assert.deepEqual(refused, { type: 'ConsumerRemaining' });
    assert.equal(dispatchInLayer(ctx, () => stake.hold(ctx, a, 5n * ED)).failure?.type, 'Module');
    assert.equal(dispatchInLayer(ctx, () => stake.release(ctx, a, 6n * ED)).failure?.type, 'Module');
    stake.release(ctx, a, 5n * ED);
    transfer(ctx, { from: a, to: b, amount: 10n * ED, keepAlive: false });
    assert.equal(systemStorage.Account.has(ctx, a), false);
  });

  it('tokens on hold for one reason cannot be released or taken for another', () => {
    const ctx = ledger();
    const [a, b] = [accountNumber(0), accountNumber(1)];
    setFree(ctx, needs, a, 20n * ED);
    setFree(ctx, needs, b, ED);
    stake.hold(ctx, a, 9n * ED);
    assert.equal(dispatchInLayer(ctx, () => holeDeposits.release(ctx, a, 1n)).failure?.type, 'Module');
    assert.equal(holeDeposits.transfer(ctx, { from: a, to: b, amount: 9n * ED }), 0n);
    holeDeposits.hold(ctx, a, 2n * ED);
    stake.moveTo(ctx, unbonding, a, 4n * ED);
    assert.deepEqual(
      [stake, unbonding, holeDeposits].map((hold) => hold.amountOf(ctx, a)),
      [5n * ED, 4n * ED, 2n * ED],
    );
    assert.equal(stake.transfer(ctx, { from: a, to: b, amount: 100n * ED }), 5n * ED);
    assert.equal(balanceOf(ctx, needs, a).reserved, 6n * ED);
    assert.equal(balanceOf(ctx, needs, b).free, 6n * ED);
  });

  it('frozen tokens stay, and tokens on hold count towards them', () => {
    const ctx = ledger();
    const [a, b] = [accountNumber(0), accountNumber(1)];
    setFree(ctx, needs, a, 20n * ED);
    const account = accountOf(ctx, a);
    putAccount(ctx, a, { ...account, data: { ...account.data, frozen: 15n * ED } });
    const pay = (amount: bigint) =>
      dispatchInLayer(ctx, () => transfer(ctx, { from: a, to: b, amount, keepAlive: false })).failure;
    assert.deepEqual(pay(6n * ED), { type: 'Token', value: 'Frozen' });
    assert.equal(dispatchInLayer(ctx, () => withdraw(ctx, a, 6n * ED)).failure?.type, 'Token');
    stake.hold(ctx, a, 12n * ED);
    assert.equal(pay(5n * ED), undefined);
    assert.deepEqual(pay(ED), { type: 'Token', value: 'Frozen' });
  });

  it('dust is burnt and announced', () => {
    const ctx = ledger();
    const [a, b] = [accountNumber(0), accountNumber(1)];
    setFree(ctx, needs, a, 10n * ED);
    transfer(ctx, { from: a, to: b, amount: 9n * ED + 1n, keepAlive: false });
    assert.equal(balancesStorage.TotalIssuance.get(ctx), 9n * ED + 1n);
    assert.ok(takeEvents(ctx).some((event) => event[1] === 6 && event[2] === 1));
  });

  it('an account that ceases to exist keeps its nonce, so that its transactions cannot be repeated', () => {
    const chain = new Harness();
    const spent = tx.Balances.transfer_allow_death({ dest: to(bob.publicKey), value: CESS });
    const repeated = chain.sign(alice, spent);
    chain.run(alice, spent);
    chain.run(alice, tx.Balances.transfer_all({ dest: to(bob.publicKey), keep_alive: false }));
    assert.equal(query.System.Account.get(chain, alice.publicKey).providers, 0);
    chain.run(bob, tx.Balances.transfer_keep_alive({ dest: to(alice.publicKey), value: 10n * CESS }));
    chain.open();
    const refused = chain.runtime.applyExtrinsic(chain.ext, repeated);
    assert.deepEqual(refused, { type: 'Err', value: { type: 'Invalid', value: { type: 'Stale' } } });
  });

  it('issuance is the sum of all balances, holds are the reserved balance, and every account in storage is alive, under random operations', () => {
    const amount = fc.oneof(fc.bigInt({ min: 0n, max: 3n * ED }), fc.bigInt({ min: 0n, max: 1000n * ED }));
    const step = fc.record({
      kind: fc.constantFrom('set', 'deposit', 'withdraw', 'transfer', 'keepAlive', 'hold', 'release', 'move', 'slash'),
      reason: fc.constantFrom(stake, unbonding, holeDeposits),
      a: fc.nat(3),
      b: fc.nat(3),
      amount,
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const ctx = ledger();
        for (let i = 0; i < 4; i++) setFree(ctx, needs, accountNumber(i), 100n * ED);
        for (const { kind, a, b, reason, amount: value } of steps) {
          const [from, dest] = [accountNumber(a), accountNumber(b)];
          const run: Readonly<Record<string, () => unknown>> = {
            set: () => setFree(ctx, needs, from, value),
            deposit: () => deposit(ctx, from, value),
            withdraw: () => withdraw(ctx, from, value),
            transfer: () => transfer(ctx, { from, to: dest, amount: value, keepAlive: false }),
            keepAlive: () => transfer(ctx, { from, to: dest, amount: value, keepAlive: true }),
            hold: () => reason.hold(ctx, from, value),
            release: () => reason.release(ctx, from, value),
            move: () => reason.moveTo(ctx, unbonding, from, value),
            slash: () => reason.transfer(ctx, { from, to: dest, amount: value }),
          };
          dispatchInLayer(ctx, () => run[kind]!());
          assertHoldsAgree({ ext: ctx.ext });
          const alive = accounts(ctx).map(([, info]) => info);
          const sum = alive.reduce((all, { data }) => all + data.free + data.reserved, 0n);
          assert.equal(balancesStorage.TotalIssuance.get(ctx), sum);
          for (const { data, providers, consumers } of alive) {
            assert.ok(data.free >= ED && providers === 1);
            assert.equal(consumers, data.reserved > 0n ? 1 : 0);
          }
        }
      }),
      { seed: 66, numRuns: 150 },
    );
  });
});
