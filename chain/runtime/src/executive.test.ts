import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ApplyExtrinsicResult,
  type Era,
  encodeBareExtrinsic,
  mortalEra,
  r2sPreRuntime,
  type ValidTransaction,
} from '@cess/chain-primitives';
import { blake2_256, sha512 } from '@cess/crypto';
import { CESS, isCessError, toHex } from '@cess/primitives';
import fc from 'fast-check';
import { TREASURY_ACCOUNT } from './accounts.js';
import { OPERATIONAL_PRIORITY } from './block-limits.js';
import {
  BLOCK_HASH_COUNT,
  EXISTENTIAL_DEPOSIT,
  encodeSignedExtrinsic,
  MAX_EXTRINSIC_BYTES,
  query,
  readExtrinsic,
  tx,
} from './index.js';
import { openBlock } from './pallets/system/index.js';
import { alice, author, bob, carol, GENESIS_HASH, Harness, START_MS } from './test-support/harness.js';
import { SPEC_VERSION, TRANSACTION_VERSION } from './version.js';

const to = (account: Uint8Array) => ({ type: 'Id', value: account }) as const;
const pay = (value = CESS) => tx.Balances.transfer_keep_alive({ dest: to(bob.publicKey), value });
const stranger = new Uint8Array(32).fill(0x55);

function opened(): Harness {
  const chain = new Harness();
  chain.open();
  return chain;
}

/** The reason of a refusal, for example `Invalid.Stale`. */
function refusal(result: ApplyExtrinsicResult): string | undefined {
  return result.type === 'Err' ? `${result.value.type}.${result.value.value.type}` : undefined;
}

/** What the pool is told of a transaction. */
function validate(chain: Harness, encoded: Uint8Array, at = chain.parentHash) {
  return chain.runtime.validateTransaction(chain.ext, 'External', encoded, at);
}

/** `Valid`, or the reason of the refusal. */
function validity(chain: Harness, encoded: Uint8Array, at = chain.parentHash): string {
  const verdict = validate(chain, encoded, at);
  return verdict.ok ? 'Valid' : `${verdict.error.type}.${verdict.error.value.type}`;
}

/** The terms on which the pool takes a transaction, which must be valid. */
function termsOf(chain: Harness, encoded: Uint8Array): ValidTransaction {
  const verdict = validate(chain, encoded);
  assert.ok(verdict.ok);
  return verdict.value;
}

describe('inclusion', () => {
  it('CHAIN-1: a transfer moves tokens and ends with the outcome event', () => {
    const chain = new Harness();
    const { error, events } = chain.run(alice, pay(5n * CESS));
    assert.equal(error, undefined);
    assert.equal(chain.free(bob.publicKey), 1_000_005n * CESS);
    assert.equal(events.at(-1)!.event.value.type, 'ExtrinsicSuccess');
    assert.equal(query.System.Account.get(chain, alice.publicKey).nonce, 1);
  });

  it('CHAIN-1: 80 % of the fee go to the treasury, the rest and the tip to the author', () => {
    const chain = opened();
    const [before, earned] = [chain.free(alice.publicKey), chain.free(author.publicKey)];
    assert.equal(refusal(chain.apply(alice, pay(), { tip: 7n * CESS })), undefined);
    const { events } = chain.close();
    const paid = before - chain.free(alice.publicKey) - CESS;
    const fee = paid - 7n * CESS;
    assert.equal(chain.free(TREASURY_ACCOUNT) - EXISTENTIAL_DEPOSIT, (fee * 80n) / 100n);
    assert.equal(chain.free(author.publicKey) - earned, paid - (fee * 80n) / 100n);
    const feePaid = events.find(({ event }) => event.type === 'TransactionPayment')!.event.value;
    assert.deepEqual(feePaid, {
      type: 'TransactionFeePaid',
      value: { who: alice.publicKey, actual_fee: paid, tip: 7n * CESS },
    });
  });

  it('CHAIN-1: nothing is minted or burnt by transactions', () => {
    const chain = new Harness();
    const total = query.Balances.TotalIssuance.get(chain);
    chain.run(alice, pay());
    chain.run(bob, tx.Balances.transfer_keep_alive({ dest: to(carol.publicKey), value: 10n ** 30n }));
    assert.equal(query.Balances.TotalIssuance.get(chain), total);
    const sum = [...query.System.Account.entries(chain, [])].reduce(
      (all, [, info]) => all + info.data.free + info.data.reserved,
      0n,
    );
    assert.equal(sum, total);
  });

  it('a failing call is included: fee and nonce stay, its own changes do not', () => {
    const chain = new Harness();
    const { error, events } = chain.run(
      alice,
      tx.Balances.transfer_keep_alive({ dest: to(bob.publicKey), value: 10n ** 30n }),
    );
    assert.deepEqual(error, { type: 'Token', value: 'FundsUnavailable' });
    assert.equal(query.System.Account.get(chain, alice.publicKey).nonce, 1);
    assert.ok(chain.free(alice.publicKey) < 1_000_000n * CESS);
    assert.equal(chain.free(bob.publicKey), 1_000_000n * CESS);
    assert.equal(events.at(-1)!.event.value.type, 'ExtrinsicFailed');
  });

  it('every event names the extrinsic that caused it', () => {
    const chain = opened();
    chain.apply(alice, pay());
    chain.apply(bob, tx.System.remark_with_event({ remark: new Uint8Array(3) }));
    const { events } = chain.close();
    const remarked = events.find(({ event }) => event.value.type === 'Remarked')!;
    assert.deepEqual(remarked.phase, { type: 'ApplyExtrinsic', value: 2 });
    assert.deepEqual(remarked.event.value.value, { sender: bob.publicKey, hash: blake2_256(new Uint8Array(3)) });
  });

  it('a refused extrinsic leaves no trace in the state', () => {
    const chain = opened();
    const before = toHex(chain.ext.storageRoot());
    const refused = [
      chain.sign(alice, pay(), { nonce: 5 }),
      chain.sign(alice, pay(), { tip: 10n ** 30n }),
      chain.sign(alice, pay(), { genesisHash: stranger }),
      new Uint8Array([4, 0x84]),
    ];
    for (const encoded of refused) assert.equal(chain.runtime.applyExtrinsic(chain.ext, encoded).type, 'Err');
    assert.equal(toHex(chain.ext.storageRoot()), before);
    assert.equal(chain.ext.depth, 0);
  });
});

describe('hostile bytes', () => {
  const sample = () => {
    const chain = opened();
    const calls = [
      pay(),
      tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [new Uint8Array(32)] }),
      tx.Oss.destroy({}),
    ];
    return { chain, extrinsics: calls.map((call) => chain.sign(alice, call)) };
  };

  it('CHAIN-4: changed extrinsics are refused without a trace, random bytes never do more than fail', () => {
    const { chain, extrinsics } = sample();
    const before = toHex(chain.ext.storageRoot());
    const changed = fc
      .record({ which: fc.nat(2), at: fc.nat(), xor: fc.integer({ min: 1, max: 255 }) })
      .map(({ which, at, xor }) => {
        const bytes = extrinsics[which]!.slice();
        bytes[at % bytes.length]! ^= xor;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        assert.equal(chain.runtime.applyExtrinsic(chain.ext, bytes).type, 'Err');
        assert.equal(validate(chain, bytes).ok, false);
        assert.equal(toHex(chain.ext.storageRoot()), before);
      }),
      { seed: 4, numRuns: 400 },
    );
  });
});

describe('validity', () => {
  it('CHAIN-4: a signature over anything else is refused', () => {
    const chain = opened();
    const wrong = [{ genesisHash: stranger }, { specVersion: SPEC_VERSION + 1 }, { transactionVersion: 9 }];
    for (const change of wrong) assert.equal(validity(chain, chain.sign(alice, pay(), change)), 'Invalid.BadProof');
    const flipped = chain.sign(alice, pay());
    flipped[60]! ^= 1;
    assert.equal(validity(chain, flipped), 'Invalid.BadProof');
    assert.equal(refusal(chain.runtime.applyExtrinsic(chain.ext, flipped)), 'Invalid.BadProof');
  });

  it('nonces: old ones are stale, later ones wait for those before them', () => {
    const chain = new Harness();
    chain.run(alice, pay());
    assert.equal(validity(chain, chain.sign(alice, pay(), { nonce: 0 })), 'Invalid.Stale');
    const [next, later] = [1, 2].map((nonce) => termsOf(chain, chain.sign(alice, pay(), { nonce })));
    assert.deepEqual([next?.requires, later?.requires], [[], next?.provides]);
    assert.equal(next?.propagate, true);
    chain.open();
    assert.equal(refusal(chain.apply(alice, pay(), { nonce: 2 })), 'Invalid.Future');
    assert.equal(refusal(chain.apply(alice, pay(), { nonce: 0 })), 'Invalid.Stale');
  });

  it('accounts without funds cannot pay, also not down to nothing', () => {
    const chain = opened();
    const free = chain.free(alice.publicKey);
    assert.equal(validity(chain, chain.sign(alice, pay(), { tip: free })), 'Invalid.Payment');
    const poor = encodeSignedExtrinsic(
      pay(),
      { nonce: 0, genesisHash: GENESIS_HASH, specVersion: SPEC_VERSION, transactionVersion: TRANSACTION_VERSION },
      { account: author.publicKey, sign: (payload) => ({ type: 'Ed25519', value: author.sign(payload) }) },
    );
    assert.equal(validity(chain, poor), 'Invalid.Payment');
  });

  it('no signature holds for the zero account, whose key is of small order', () => {
    const chain = opened();
    const context = {
      nonce: 0,
      genesisHash: GENESIS_HASH,
      specVersion: SPEC_VERSION,
      transactionVersion: TRANSACTION_VERSION,
    };
    // R = identity and s = 0 satisfy the equation of a key of order 4 for every fourth message, without any secret.
    const signature = new Uint8Array(64);
    signature[0] = 1;
    const anyone = {
      account: new Uint8Array(32),
      sign: () => ({ type: 'Ed25519', value: signature }) as const,
    };
    const verdicts = Array.from({ length: 32 }, (_, tip) =>
      validity(chain, encodeSignedExtrinsic(pay(), { ...context, tip: BigInt(tip) }, anyone)),
    );
    assert.deepEqual([...new Set(verdicts)].sort(), ['Invalid.BadProof']);
  });

  it('an address that is an index is no signer', () => {
    const chain = opened();
    const indexed = chain.sign(alice, pay());
    const body = Uint8Array.of(0x84, 1, ...indexed.subarray(3 + 33));
    assert.equal(
      validity(chain, Uint8Array.of(1 | ((body.length << 2) & 0xff), body.length >> 6, ...body)),
      'Unknown.CannotLookup',
    );
  });

  it('bytes that do not decode are an invalid call; too many bytes exhaust resources', () => {
    const chain = opened();
    for (const bytes of [[], [0], [4, 4], [8, 0x84, 0], [8, 4, 250], [12, 4, 0, 0, 1]]) {
      assert.equal(validity(chain, Uint8Array.from(bytes)), 'Invalid.Call', String(bytes));
    }
    assert.equal(validity(chain, new Uint8Array(MAX_EXTRINSIC_BYTES + 1)), 'Invalid.ExhaustsResources');
  });

  it('bare extrinsics are for inherents: not in the pool, never for other calls', () => {
    const chain = opened();
    assert.equal(validity(chain, encodeBareExtrinsic(pay())), 'Unknown.NoUnsignedValidator');
    assert.equal(
      refusal(chain.runtime.applyExtrinsic(chain.ext, encodeBareExtrinsic(pay()))),
      'Unknown.NoUnsignedValidator',
    );
    const again = encodeBareExtrinsic(tx.Timestamp.set({ now: START_MS * 2n }));
    assert.equal(validity(chain, again), 'Unknown.NoUnsignedValidator');
    assert.equal(refusal(chain.runtime.applyExtrinsic(chain.ext, again)), 'Invalid.BadMandatory');
    assert.equal(
      validity(chain, chain.sign(alice, tx.Timestamp.set({ now: START_MS * 2n }))),
      'Invalid.MandatoryValidation',
    );
  });

  it('an era anchored at the tip is valid at once and dies when it is over', () => {
    const chain = new Harness();
    chain.advance(3);
    const period = 4;
    const mortal = (current: number, anchor: Uint8Array): { era: Era; eraBlockHash: Uint8Array } => ({
      era: mortalEra(period, current),
      eraBlockHash: anchor,
    });
    const anchored = chain.sign(alice, pay(), mortal(chain.number, chain.parentHash));
    assert.equal(termsOf(chain, anchored).longevity, 3n);
    chain.advance(2);
    assert.equal(validity(chain, anchored), 'Valid');
    chain.advance(1);
    assert.equal(validity(chain, anchored), 'Invalid.AncientBirthBlock');
    const future = chain.sign(alice, pay(), {
      era: { type: 'Mortal', period: 64, phase: 63 },
      eraBlockHash: chain.parentHash,
    });
    assert.equal(validity(chain, future), 'Invalid.AncientBirthBlock');
  });

  it('a tip raises the priority', () => {
    const chain = new Harness();
    const priority = (tip: bigint) => termsOf(chain, chain.sign(alice, pay(), { tip })).priority;
    assert.ok(priority(10n) > priority(0n));
    assert.equal(priority(10n ** 22n), OPERATIONAL_PRIORITY - 1n);
  });

  it('validation changes nothing', () => {
    const chain = new Harness();
    const before = toHex(chain.ext.storageRoot());
    assert.equal(validity(chain, chain.sign(alice, pay())), 'Valid');
    assert.equal(validity(chain, chain.sign(alice, pay(), { tip: 10n ** 30n })), 'Invalid.Payment');
    assert.equal(toHex(chain.ext.storageRoot()), before);
  });
});

describe('blocks', () => {
  it('a block has room for a bounded number of bytes', () => {
    const chain = opened();
    const remark = tx.System.remark({ remark: new Uint8Array(1_000_000) });
    const results = Array.from({ length: 5 }, () => refusal(chain.apply(alice, remark)));
    const full = 'Invalid.ExhaustsResources';
    assert.deepEqual(results, [undefined, undefined, full, full, full]);
  });

  it('a block without its time, slot claim or right number is refused', () => {
    const invalidBlock = (thrown: unknown) => isCessError(thrown, 'BLOCK_INVALID');
    const claim = { slot: 1n, authority_index: 0, vrf_output: new Uint8Array(64), vrf_proof: new Uint8Array(80) };
    const init = (digest: ReturnType<typeof r2sPreRuntime>[], number = 1) => {
      const chain = new Harness();
      chain.runtime.initializeBlock(chain.ext, { parentHash: GENESIS_HASH, number, digest });
      return chain;
    };
    assert.throws(() => init([]), invalidBlock);
    assert.throws(() => init([r2sPreRuntime(claim)], 2), invalidBlock);
    assert.throws(() => init([r2sPreRuntime({ ...claim, authority_index: 1 })]), invalidBlock);
    assert.throws(() => init([r2sPreRuntime({ ...claim, slot: 0n })]), invalidBlock);
    const untimed = init([r2sPreRuntime(claim)]);
    assert.throws(() => untimed.runtime.finalizeBlock(untimed.ext), invalidBlock);
  });

  it('inherents: foreign time is checked against the own clock', () => {
    const chain = new Harness();
    const check = (extrinsics: Uint8Array[], timestampMs = START_MS) => {
      const verdict = chain.runtime.checkInherents(chain.ext, extrinsics, { timestampMs });
      return verdict.ok ? 'ok' : verdict.error.type;
    };
    const set = (now: bigint) => [encodeBareExtrinsic(tx.Timestamp.set({ now }))];
    assert.equal(check(set(START_MS + 30_000n)), 'ok');
    assert.equal(check(set(START_MS + 30_001n)), 'TooFarInFuture');
    assert.equal(check([]), 'Missing');
    assert.equal(check([encodeBareExtrinsic(pay())]), 'Missing');
    assert.equal(check([Uint8Array.of(9, 9)]), 'Malformed');
  });

  it('time rises by at least half a slot even when the clock stands still or falls back', () => {
    const chain = new Harness();
    chain.advance(1);
    const now = query.Timestamp.Now.get(chain);
    const [inherent] = chain.runtime.inherentExtrinsics(chain.ext, { timestampMs: 0n });
    assert.deepEqual(readExtrinsic(inherent!).args, { now: now + 500n });
  });

  it('the beacon follows from the previous one and the VRF output', () => {
    const chain = opened();
    const expected = sha512(new Uint8Array(128).fill(7, 0, 64).fill(1, 64));
    assert.deepEqual(query.Randomness.Beacon.get(chain), expected);
  });

  it('the hash of the genesis is kept for ever, of the others the newest 2400', () => {
    const chain = new Harness();
    const last = 2403;
    for (let number = 1; number <= last; number++)
      openBlock(chain, number, new Uint8Array(32).fill(number === 1 ? 0xee : 1));
    assert.deepEqual(query.System.BlockHash.get(chain, 0), GENESIS_HASH);
    assert.equal(query.System.BlockHash.has(chain, last - 2401), false);
    assert.equal(query.System.BlockHash.has(chain, last - 2400), true);
    assert.equal([...query.System.BlockHash.entries(chain, [])].length, BLOCK_HASH_COUNT + 1);
  });

  it('replaying the same blocks gives the same headers and state', () => {
    const headers = () => {
      const chain = new Harness();
      const out: unknown[] = [];
      for (let i = 0; i < 5; i++) {
        chain.open();
        chain.apply(alice, pay(BigInt(i) * CESS));
        chain.apply(bob, tx.System.remark_with_event({ remark: Uint8Array.of(i) }));
        out.push(chain.close().header);
      }
      return out;
    };
    assert.deepEqual(headers(), headers());
  });

  it('nothing of the block under construction is left in the state', () => {
    const chain = new Harness();
    chain.run(alice, pay());
    const keys = chain.ext.entries().map(([key]) => Buffer.from(key).toString('latin1'));
    assert.deepEqual(
      keys.filter((key) => key.startsWith(':')),
      [':code'],
    );
  });
});
