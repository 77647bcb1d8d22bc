// PODR2-6: the node disputes wrong verdicts and no right ones, also after a restart.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventRecord, type MapItem, query, tx } from '@cess/client';
import { createEd25519Signer, createMclBls12, shake256 } from '@cess/crypto';
import {
  CessError,
  fromHex,
  invariant,
  noMetrics,
  silentLogger,
  systemTimers,
  throwFatal,
  toHex,
  utf8,
} from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import {
  blockOf,
  checkPublicKey,
  checkSrs,
  createFieldKernel,
  expandChallenge,
  fragmentTagId,
  keyGen,
  proofGen,
  sigGen,
  tagSizeBytes,
} from '@cess/proofs';
import { fragmentRootOf } from '@cess/sealing';
import './errors.js';
import { VerdictChecker } from './verdict-checker.js';
import { Verifier } from './verifier.js';

const genesis = new Uint8Array(32).fill(0xee);
const keyId = new Uint8Array(32).fill(0x44);
const finalized = new Uint8Array(32).fill(0xff);
const seeded = (seed: string) => {
  let requests = 0;
  return { bytes: (length: number) => shake256(length, utf8(`${seed}/${requests++}`)) };
};

const ports = {
  timers: systemTimers,
  rng: seeded('share'),
  logger: silentLogger,
  metrics: noMetrics,
  onFatal: throwFatal,
};

/** Puts a judged round of a provider into a state. */
function putJudged(state: Map<string, Uint8Array>, provider: number, passed: boolean): void {
  const { Challenges, Slots } = query.Audit;
  const put = (key: Uint8Array, value: Uint8Array) => state.set(toHex(key), value);
  const judged = { proof: new Uint8Array(128).fill(provider), as_of: 12, worker: 0, passed, dispute_until: 100 };
  put(
    Challenges.key(provider, keyId),
    Challenges.codec.encode({
      round: 5,
      opened_at: 10,
      seed: new Uint8Array(64),
      frozen: 1,
      bytes: 100n,
      deadline: 70,
      state: { type: 'Judged', value: judged },
    }),
  );
  const slot = { tag_id: keyId, file_id: keyId, segment: 0, fragment: 0, length: 100, gone_at: undefined };
  put(Slots.key(provider, keyId, 0), Slots.codec.encode(slot));
}

type Client = ConstructorParameters<typeof VerdictChecker>[0]['client'];

/** A chain with one judged round of provider 3. */
function stubChain(passed: boolean) {
  const state = new Map<string, Uint8Array>();
  const put = (key: Uint8Array, value: Uint8Array) => state.set(toHex(key), value);
  putJudged(state, 3, passed);
  const key = { worker: 0, x: new Uint8Array(96), x_alpha: new Uint8Array(96), srs_hash: keyId, epoch: 0 };
  put(query.TeeWorker.TagKeys.key(keyId), query.TeeWorker.TagKeys.codec.encode({ ...key, registered_at: 1 }));
  let announce: () => Promise<void> = async () => {};
  const verdict = { miner: 3, key_id: keyId, round: 5, worker: 0, passed, dispute_until: 100 };
  const record = {
    phase: { type: 'ApplyExtrinsic', value: 1 },
    event: { type: 'Audit', value: { type: 'VerdictSubmitted', value: verdict } },
    topics: [],
  } as unknown as EventRecord;
  const client: Client = {
    genesisHash: genesis,
    finalizedHash: async () => finalized,
    followFinalized: (onHead) => {
      announce = async () => onHead({} as Parameters<typeof onHead>[0], finalized);
      return async () => {};
    },
    events: async () => [record],
    values: async (keys) => keys.map((each) => state.get(toHex(each))),
    entry: async <K extends readonly unknown[], T>(item: MapItem<K, T>, keys: K) =>
      item.decodeValue(state.get(toHex(item.key(...keys)))),
    entries: async function* <K extends readonly unknown[], T>(item: MapItem<K, T>, partial: Partial<K>) {
      const prefix = toHex(item.prefix(...partial));
      for (const [each, value] of state) {
        if (each.startsWith(prefix))
          yield [item.decodeKey(fromHex(each)), item.decodeValue(value) as NonNullable<T>] as const;
      }
    },
  };
  return { client, state, announce: () => announce() };
}

async function run(options: { passed: boolean; isRight: boolean; share?: number; live?: boolean }) {
  const chain = stubChain(options.passed);
  const calls: Uint8Array[] = [];
  if (options.live === true) chain.client.entries = async function* () {};
  const checker = new VerdictChecker({
    client: chain.client,
    submitter: {
      submit: async (call) => {
        calls.push(call);
        return { blockHash: finalized, blockNumber: 1, events: [] };
      },
    },
    verifier: { verify: async () => options.isRight },
    share: options.share ?? 1,
    ...ports,
  });
  await checker.start();
  if (options.live === true) await chain.announce();
  if ((options.share ?? 1) > 0) await eventually(() => checker.counts.checked > 0, 'the verdict is checked');
  await checker.stop();
  return { calls, ...checker.counts };
}

test('PODR2-6: a verdict that says passed of a wrong proof is disputed, and one that says failed of a right one', async () => {
  for (const live of [true, false]) {
    for (const passed of [true, false]) {
      const { calls, disputed } = await run({ passed, isRight: !passed, live });
      assert.equal(disputed, 1);
      assert.deepEqual(calls, [tx.Audit.dispute({ miner: 3, key_id: keyId, round: 5 })]);
    }
  }
});

test('PODR2-6: right verdicts are left alone, and only the share is looked at', async () => {
  for (const passed of [true, false]) {
    const { calls, checked } = await run({ passed, isRight: passed });
    assert.deepEqual([calls.length, checked], [0, 1]);
  }
  const { checked } = await run({ passed: true, isRight: false, share: 0 });
  assert.equal(checked, 0);
});

test('PODR2-6: failed verdicts are verified first, and their disputes travel together', async () => {
  const chain = stubChain(true);
  for (let provider = 10; provider < 15; provider++) putJudged(chain.state, provider, false);
  const verified: number[] = [];
  const calls: Uint8Array[] = [];
  const checker = new VerdictChecker({
    ...ports,
    client: chain.client,
    submitter: {
      submit: async (call) => {
        calls.push(call);
        return { blockHash: finalized, blockNumber: 1, events: [] };
      },
    },
    verifier: {
      verify: async ({ proof }) => {
        verified.push(proof[0] ?? 0);
        return (proof[0] ?? 0) >= 10;
      },
    },
    share: 1,
  });
  await checker.start();
  await eventually(() => checker.counts.disputed === 6, 'all are disputed');
  await checker.stop();
  assert.equal(verified.at(-1), 3, 'the passed one is last');
  const rounds = verified.slice(0, 5).map((miner) => ({ miner, key_id: keyId, round: 5 }));
  assert.deepEqual(calls, [
    tx.Audit.dispute_batch({ rounds: rounds.slice(0, 2) }),
    tx.Audit.dispute_batch({ rounds: rounds.slice(2, 4) }),
    tx.Audit.dispute({ miner: verified[4] ?? 0, key_id: keyId, round: 5 }),
    tx.Audit.dispute({ miner: 3, key_id: keyId, round: 5 }),
  ]);
});

test('PODR2-6: a refused dispute is submitted again, as long as the verdict stands', async () => {
  for (const ends of [false, true]) {
    const chain = stubChain(false);
    let tries = 0;
    const checker = new VerdictChecker({
      ...ports,
      client: chain.client,
      submitter: {
        submit: async () => {
          tries++;
          if (ends) chain.state.delete(toHex(query.Audit.Challenges.key(3, keyId)));
          if (tries < 3) throw new CessError('CHAIN_DISPATCH_FAILED', 'Balances.InsufficientBalance');
          return { blockHash: finalized, blockNumber: 1, events: [] };
        },
      },
      verifier: { verify: async () => true },
      timers: { ...systemTimers, sleep: (ms, signal) => systemTimers.sleep(Math.min(ms, 1), signal) },
      share: 1,
    });
    await checker.start();
    if (!ends) await eventually(() => checker.counts.disputed === 1, 'the third try');
    else await eventually(() => tries === 1, 'the only try');
    await checker.stop();
    assert.equal(tries, ends ? 1 : 3);
  }
});

test('PODR2-6: a verdict that comes at any moment in which the one before is checked is checked as well', async () => {
  for (let microtasks = 0; microtasks < 40; microtasks++) {
    const chain = stubChain(true);
    chain.client.entries = async function* () {};
    let announced: Promise<void> = Promise.resolve();
    let verified = 0;
    const verify = async () => {
      if (++verified === 1) {
        let step = Promise.resolve();
        for (let i = 0; i < microtasks; i++) step = step.then(() => {});
        announced = step.then(() => chain.announce());
      }
      return true;
    };
    const checker = new VerdictChecker({
      ...ports,
      client: chain.client,
      submitter: { submit: async () => assert.fail('a right verdict is disputed') },
      verifier: { verify },
      share: 1,
    });
    await checker.start();
    await chain.announce();
    for (let turn = 0; turn < 50 && checker.counts.checked < 2; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await announced;
    assert.equal(checker.counts.checked, 2, `announced ${microtasks} microtasks later`);
    await checker.stop();
  }
});

test('PODR2-3: the verification thread decides as the runtime does', async () => {
  const bls = await createMclBls12();
  const kernel = createFieldKernel();
  const key = keyGen(bls, seeded('key'), genesis);
  const fragment = shake256(50_000, utf8('fragment'));
  const identity = {
    genesis,
    orderId: keyId,
    fileId: keyId,
    segment: 0,
    fragment: 0,
    replica: 0,
    root: fragmentRootOf(fragment),
    provider: 3,
    keyId: key.secret.keyId,
  };
  const signer = createEd25519Signer(new Uint8Array(32).fill(1));
  const tagged = sigGen({ bls, kernel, secret: key.secret, signer, identity, fragment });
  const verifying = checkPublicKey(bls, key.publicKey, genesis);
  invariant(tagged.ok && verifying.ok, 'an honest key and fragment');
  const srs = checkSrs(bls, verifying.value, key.srs, seeded('srs'));
  invariant(srs.ok, 'an honest SRS');
  const context = { genesis, seed: new Uint8Array(64).fill(9), provider: 3, keyId: identity.keyId };
  const challenge = expandChallenge(context, [{ id: fragmentTagId(identity), length: fragment.length }]);
  const made = proofGen({ bls, kernel, srs: srs.value }, challenge, (_fragment, index) => ({
    block: blockOf(fragment, index),
    tag: tagged.value.tags.subarray(index * tagSizeBytes, (index + 1) * tagSizeBytes),
  }));
  invariant(made.ok, 'readable tags');
  const { x, xAlpha, srsHash } = key.publicKey;
  const record = { id: identity.keyId, x, xAlpha, srsHash };
  const wrong = made.value.slice();
  wrong[0]! ^= 1;
  const verifier = new Verifier(silentLogger);
  try {
    assert.equal(await verifier.verify({ key: record, challenge, proof: made.value }), true);
    assert.equal(await verifier.verify({ key: record, challenge, proof: wrong }), false);
  } finally {
    await verifier.stop();
  }
});
