// CHAIN-6, CHAIN-8: the limits of a block follow from the slot of its chain.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CESS } from '@cess/primitives';
import { BASE_EXTRINSIC_WEIGHT, maxBlockRefTime, maxHooksRefTime, maxTotalRefTime } from './block-limits.js';
import { palletList } from './construct.js';
import { refTime } from './frame/weight.js';
import { query, tx } from './index.js';
import { alice, bob, Harness } from './test-support/harness.js';

const MS = 1_000_000_000n;

describe('the weight of a block', () => {
  it('is half a slot, and 2 s for the slots of production', () => {
    assert.equal(maxBlockRefTime(1000n), 500n * MS);
    assert.equal(maxBlockRefTime(3000n), 1500n * MS);
    assert.equal(maxBlockRefTime(6000n), 2000n * MS);
    assert.equal(maxBlockRefTime(60_000n), 2000n * MS);
  });

  it('of the short slots of tests has room for every call', () => {
    const most = maxTotalRefTime('Operational', 100n) - BASE_EXTRINSIC_WEIGHT.ref_time;
    for (const { declaration, calls } of palletList) {
      const all = calls as unknown as Readonly<Record<string, { weight(args: unknown): { ref_time: bigint } }>>;
      for (const [name, { weight }] of Object.entries(all)) {
        const args = smallest(`${declaration.id.name}.${name}`);
        assert.ok(weight(args).ref_time <= most, `${declaration.id.name}.${name}`);
      }
    }
  });

  it('leaves duties a third of itself, and gives hooks 30 %', () => {
    assert.equal(maxHooksRefTime(1000n), 150n * MS);
    assert.equal(maxTotalRefTime('Normal', 1000n), 325n * MS);
    assert.equal(maxTotalRefTime('Operational', 1000n), 500n * MS);
  });

  for (const [slotMs, limit] of [
    [1000, 325n * MS],
    [6000, 1300n * MS],
  ] as const) {
    it(`on a chain with slots of ${slotMs} ms limits calls to ${limit / MS} ms`, () => {
      const system = palletList.find(({ declaration }) => declaration.id.name === 'System');
      assert.ok(system);
      const remark = (system.calls as unknown as Readonly<Record<string, { weight: unknown }>>)['remark'];
      assert.ok(remark);
      const { weight } = remark;
      const chain = new Harness(slotMs);
      const call = tx.System.remark({ remark: new Uint8Array(1) });
      const apply = (picoseconds: bigint) => {
        Object.assign(remark, { weight: () => refTime(picoseconds) });
        return chain.apply(alice, call).type;
      };
      try {
        chain.open();
        const left = limit - query.System.BlockWeight.get(chain).mandatory.ref_time - BASE_EXTRINSIC_WEIGHT.ref_time;
        assert.equal(apply(left + 1n), 'Err');
        assert.equal(apply(left), 'Ok');
      } finally {
        Object.assign(remark, { weight });
      }
      const dest = { type: 'Id', value: bob.publicKey } as const;
      assert.equal(chain.apply(alice, tx.Balances.transfer_keep_alive({ dest, value: CESS })).type, 'Err');
      chain.close();
    });
  }
});

/** The arguments of calls whose weight depends on them: one thing each. */
function smallest(call: string): unknown {
  const one = [new Uint8Array(32)];
  const args: Readonly<Record<string, unknown>> = {
    'System.remark': { remark: new Uint8Array(65_536) },
    'System.remark_with_event': { remark: new Uint8Array(65_536) },
    'FileBank.declare_batch': { files: [], attestations: [] },
    'FileBank.delete_files': { file_ids: one },
    'FileBank.claim_restoral_orders': { places: one },
    'FileBank.complete_restoral_orders': { fragments: one },
    'FileBank.report_loss': { places: one },
    'FileBank.release_restoral_orders': { places: one },
    'Audit.report_tags': { reports: one },
    'Audit.submit_verdicts': { verdicts: one },
    'Audit.dispute_batch': { rounds: one },
    'Authorship.set_uncles': { uncles: one },
    'Offences.report_authorship': { proof: new Uint8Array(1) },
    'Offences.report_votes': { proof: new Uint8Array(1) },
  };
  return args[call] ?? {};
}
