// PODR2-6, CHAIN-4: whoever fills blocks, duties find the room that is reserved for them, and no tip buys it.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { u32 } from '@cess/codec';
import { CESS, concatBytes } from '@cess/primitives';
import { MAX_NORMAL_BYTES, OPERATIONAL_PRIORITY } from './block-limits.js';
import { palletList } from './construct.js';
import { query, tx } from './index.js';
import { dutyRoomExhausted } from './pallets/system/index.js';
import { runtimeDispatchInfo } from './pallets/transaction-payment/index.js';
import { alice, bob, carol, Harness } from './test-support/harness.js';

interface Duty {
  class: string;
  feeless: (ctx: unknown, who: Uint8Array) => boolean;
  isDuty: (ctx: unknown, who: Uint8Array) => boolean;
}
const system = palletList.find(({ declaration }) => declaration.id.name === 'System');
assert.ok(system);
const duty = (system.calls as unknown as Readonly<Record<string, Duty>>)['remark_with_event'];
assert.ok(duty);
const original = { ...duty };

const fill = (bytes: number) => tx.System.remark({ remark: new Uint8Array(bytes) });
const due = (bytes = 10) => tx.System.remark_with_event({ remark: new Uint8Array(bytes) });
const isBob = (_ctx: unknown, who: Uint8Array) => Buffer.from(who).equals(bob.publicKey);
const isNobody = () => false;

describe('room for duties', () => {
  beforeEach(() => {
    Object.assign(duty, { class: 'Operational', feeless: isBob, isDuty: isNobody });
  });
  afterEach(() => {
    Object.assign(duty, original);
  });

  const priorityOf = (chain: Harness, encoded: Uint8Array) => {
    const verdict = chain.runtime.validateTransaction(chain.ext, 'External', encoded, chain.parentHash);
    assert.ok(verdict.ok);
    return verdict.value.priority;
  };
  const isRefused = (result: { readonly type: string }) => result.type === 'Err';

  it('bytes: normal calls, whatever they tip, leave room for a duty of a megabyte', () => {
    const chain = new Harness();
    chain.open();
    const results = [1, 2, 3].map(() => chain.apply(alice, fill(1_000_000), { tip: 1000n * CESS }));
    assert.deepEqual(results.map(isRefused), [false, false, true]);
    assert.equal(chain.apply(bob, due(1_000_000)).type, 'Ok');
    assert.ok((query.System.AllExtrinsicsLen.get(chain) ?? 0) > MAX_NORMAL_BYTES);
  });

  it('weight: normal calls leave a third of the block', () => {
    const chain = new Harness();
    chain.open();
    const heavy = tx.Audit.dispute({ miner: 0, key_id: new Uint8Array(32), round: 0 });
    let included = 0;
    while (included < 10 && !isRefused(chain.apply(carol, heavy, { tip: CESS }))) included++;
    const { normal } = query.System.BlockWeight.get(chain);
    assert.ok(normal.ref_time <= 1_300_000_000_000n, String(normal.ref_time));
    assert.equal(chain.apply(bob, due()).type, 'Ok');
    assert.ok(query.System.BlockWeight.get(chain).operational.ref_time > 0n);
  });

  it('no tip outbids a duty', () => {
    const chain = new Harness();
    assert.equal(priorityOf(chain, chain.sign(bob, due())), OPERATIONAL_PRIORITY);
    const tipped = priorityOf(chain, chain.sign(alice, fill(1), { tip: 900_000n * CESS }));
    assert.ok(tipped < OPERATIONAL_PRIORITY);
  });

  it('the same call from somebody who owes nothing, or out of turn, is a normal one', () => {
    const chain = new Harness();
    assert.ok(priorityOf(chain, chain.sign(carol, due())) < OPERATIONAL_PRIORITY);
    assert.ok(priorityOf(chain, chain.sign(bob, due(), { nonce: 1 })) < OPERATIONAL_PRIORITY);
  });

  it('a duty that costs a fee has the reserved room as well', () => {
    const chain = new Harness();
    Object.assign(duty, { feeless: isNobody, isDuty: isBob });
    const encoded = chain.sign(bob, due());
    const args = concatBytes(encoded, u32.encode(encoded.length));
    const info = runtimeDispatchInfo.decode(chain.runtime.call(chain.ext, 'TransactionPaymentApi_query_info', args));
    assert.equal(info.class, 'Operational');
    assert.ok(info.partial_fee > 0n);
    assert.equal(priorityOf(chain, encoded), OPERATIONAL_PRIORITY);
  });

  it('the chain records whether duties may have been kept out, until the next block is closed', () => {
    const chain = new Harness();
    const exhausted = (...calls: readonly (readonly [signer: typeof alice, call: Uint8Array])[]) => {
      chain.open();
      for (const [signer, call] of calls) chain.apply(signer, call);
      chain.close();
      return dutyRoomExhausted(chain);
    };
    const normal = [alice, fill(1_000_000)] as const;
    const operational = [bob, due(1_000_000)] as const;
    assert.equal(exhausted(normal, normal, normal), false);
    assert.equal(exhausted(normal, normal, operational, operational), true);
    assert.equal(exhausted(), false);
  });
});
