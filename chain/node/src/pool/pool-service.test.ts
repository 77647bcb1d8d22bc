// Status streams and upkeep of the pool, over an engine whose verdicts the test decides.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blake2_256 } from '@cess/crypto';
import { noMetrics, silentLogger, systemTimers, throwFatal, utf8, webRng } from '@cess/primitives';
import type { EngineHost } from '../engine/engine-host.js';
import type { ValidityVerdict } from '../engine/engine-types.js';
import { PoolService } from './pool-service.js';
import type { TransactionStatus } from './pool-types.js';

const invalid: ValidityVerdict = { ok: false, error: { type: 'Invalid', value: { type: 'Stale' } } };

function hashOf(number: number): Uint8Array {
  return new Uint8Array(32).fill(number);
}

function setUp() {
  const verdicts = new Map<string, ValidityVerdict>();
  const batches: number[] = [];
  let bestNumber = 0;
  let hook = () => {};
  const bodies = new Map<string, Uint8Array[]>();
  const engine = {
    run: async (_method: string, _source: string, transactions: readonly Uint8Array[]) => {
      batches.push(transactions.length);
      hook();
      return transactions.map((bytes) => verdicts.get(Buffer.from(bytes).toString()) ?? valid(bytes));
    },
  } as unknown as Pick<EngineHost, 'run'>;
  const service = new PoolService({
    engine,
    bodyOf: (hash) => bodies.get(String(hash[0])) ?? [],
    bestNumber: () => bestNumber,
    background: {
      timers: systemTimers,
      rng: webRng,
      logger: silentLogger,
      metrics: noMetrics,
      onFatal: throwFatal,
    },
  });
  const block = (number: number, names: readonly string[], retracted: number[] = []) => {
    bodies.set(String(number), names.map(utf8));
    const pointer = { number, hash: hashOf(number) };
    const change = { retracted: retracted.map((each) => ({ number: each, hash: hashOf(each) })), enacted: [pointer] };
    return [change, pointer] as const;
  };
  const watch = async (name: string) => {
    const seen: string[] = [];
    const listener = (status: TransactionStatus) => {
      seen.push('hash' in status ? `${status.type} ${status.hash[0]}` : status.type);
    };
    const result = await service.submit(utf8(name), listener);
    return { seen, result };
  };
  const onRun = (next: () => void) => {
    hook = next;
  };
  const best = (number: number) => {
    bestNumber = number;
  };
  return { service, verdicts, batches, block, watch, onRun, best };
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

function valid(bytes: Uint8Array): ValidityVerdict {
  return { ok: true, value: { priority: 1n, requires: [], provides: [bytes], longevity: 64n, propagate: true } };
}

describe('pool service', () => {
  it('a transaction goes from ready over its block to finality', async () => {
    const { service, block, watch } = setUp();
    const { seen } = await watch('a');
    await service.bestChanged(...block(1, ['a']));
    service.blocksFinalized([{ number: 1, hash: hashOf(1) }]);
    assert.deepEqual(seen, ['ready', 'inBlock 1', 'finalized 1']);
  });

  it('a retracted block gives its transactions back', async () => {
    const { service, block, watch } = setUp();
    const { seen } = await watch('a');
    await service.bestChanged(...block(1, ['a']));
    await service.bestChanged(...block(2, [], [1]));
    await service.bestChanged(...block(3, ['a']));
    assert.deepEqual(seen, ['ready', 'inBlock 1', 'retracted 1', 'ready', 'inBlock 3']);
  });

  it('a transaction that became invalid is removed when the next block is imported', async () => {
    const { service, block, verdicts, watch } = setUp();
    const { seen } = await watch('a');
    verdicts.set('a', invalid);
    await service.bestChanged(...block(1, []));
    assert.deepEqual(seen, ['ready', 'invalid']);
    assert.equal(service.size, 0);
  });

  it('after a block, only transactions that require no other one are validated again', async () => {
    const { service, block, verdicts, batches, watch } = setUp();
    await watch('a0');
    const validity = { priority: 1n, longevity: 64n, propagate: true };
    for (const nonce of [1, 2, 3]) {
      const [before, own] = [`a${nonce - 1}`, `a${nonce}`].map(utf8) as [Uint8Array, Uint8Array];
      verdicts.set(`a${nonce}`, { ok: true, value: { ...validity, requires: [before], provides: [own] } });
      await watch(`a${nonce}`);
    }
    batches.length = 0;
    await service.bestChanged(...block(1, []));
    assert.deepEqual(batches, [1]);
  });

  it('a transaction that became the next of its signer is validated again at once, and may turn out to be a duty', async () => {
    const { service, block, verdicts, watch } = setUp();
    const terms = { priority: 1n, longevity: 64n, propagate: true };
    const tags = ['own', 'later'].map(utf8) as [Uint8Array, Uint8Array];
    verdicts.set('own', { ok: true, value: { ...terms, requires: [], provides: [tags[0]] } });
    verdicts.set('later', { ok: true, value: { ...terms, requires: [tags[0]], provides: [tags[1]] } });
    for (let i = 0; i < 200; i++) await watch(`other${i}`);
    for (const name of ['own', 'later']) await watch(name);
    verdicts.set('later', { ok: true, value: { ...terms, priority: 1n << 63n, requires: [], provides: [tags[1]] } });
    await service.bestChanged(...block(1, ['own']));
    const [first] = service.inOrder();
    assert.equal(Buffer.from(first?.bytes ?? []).toString(), 'later');
  });

  it('a banned transaction is rejected for 600 blocks', async () => {
    const { service, watch, best } = setUp();
    service.ban(blake2_256(utf8('slow')));
    best(600);
    const banned = await watch('slow');
    assert.ok(!banned.result.ok && banned.result.error.type === 'banned');
    best(601);
    assert.ok((await watch('slow')).result.ok);
  });

  it('a transaction that takes too long is banned at the third time', async () => {
    const { service, watch } = setUp();
    const overruns = [1, 2, 3].map(() => service.noteOverrun(blake2_256(utf8('slow'))));
    assert.deepEqual(overruns, [false, false, true]);
    const banned = await watch('slow');
    assert.ok(!banned.result.ok && banned.result.error.type === 'banned');
    assert.equal(service.noteOverrun(blake2_256(utf8('other'))), false);
  });

  it('an invalid or known transaction is rejected, and its listener is not called', async () => {
    const { verdicts, watch } = setUp();
    verdicts.set('bad', invalid);
    const refused = await watch('bad');
    assert.ok(!refused.result.ok && refused.result.error.type === 'validity');
    await watch('a');
    const known = await watch('a');
    assert.ok(!known.result.ok && known.result.error.type === 'already-known');
    assert.deepEqual([refused.seen, known.seen], [[], []]);
  });

  it('a transaction that arrives at any moment in which the one before got its verdict gets its own', async () => {
    for (let microtasks = 0; microtasks < 30; microtasks++) {
      const { service, onRun } = setUp();
      let second: Promise<unknown> = Promise.resolve('not submitted');
      onRun(() => {
        onRun(() => {});
        let step = Promise.resolve();
        for (let i = 0; i < microtasks; i++) step = step.then(() => {});
        second = step.then(() => service.submit(utf8('b')));
      });
      await service.submit(utf8('a'));
      const outcome = await Promise.race([second.then(() => 'pooled'), turns(50).then(() => 'never validated')]);
      assert.equal(outcome, 'pooled', `submitted ${microtasks} microtasks later`);
      await service.stop();
    }
  });

  it('transactions that arrive together are validated together', async () => {
    const { batches, watch } = setUp();
    await Promise.all(Array.from({ length: 50 }, (_, i) => watch(`t${i}`)));
    assert.ok(batches.length < 10, `${batches.length} calls`);
    assert.equal(
      batches.reduce((sum, each) => sum + each, 0),
      50,
    );
  });

  it('what waits for a verdict is bounded in bytes', async () => {
    const { service } = setUp();
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, i) => service.submit(new Uint8Array(1_000_000).fill(i))),
    );
    const refused = results.filter((result) => !result.ok && result.error.type === 'full').length;
    assert.equal(refused, 40 - 33);
    assert.ok((await service.submit(utf8('later'))).ok, 'room again');
  });

  it('a transaction that stays unfinalized for long is reported as timed out', async () => {
    const { service, block, watch } = setUp();
    const { seen } = await watch('a');
    await service.bestChanged(...block(1, ['a']));
    await service.bestChanged(block(200, [])[0], { number: 600, hash: hashOf(200) });
    assert.deepEqual(seen, ['ready', 'inBlock 1', 'finalityTimeout 1']);
  });
});
