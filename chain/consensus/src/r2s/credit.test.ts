// R2S-7: credit from the work of TEE workers, weighted over five eras (docs/protocol/r2s.md §5).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GiB, MiB } from '@cess/primitives';
import fc from 'fast-check';
import { CREDIT_ERAS, creditOfEra, type TeeWork, weighCredit, weighWork } from '../index.js';

const nothing: TeeWork = {
  taggedBytes: 0n,
  verifiedServiceBytes: 0n,
  verifiedIdleBytes: 0n,
  certifiedIdleBytes: 0n,
  replacedIdleBytes: 0n,
};
const score = fc.integer({ min: 0, max: 1000 });

describe('credit', () => {
  it('RS-5.1: kinds of work count in the ratios of 180 / 16 MiB, 12 / GiB, 1 / 16 GiB, 4 / 16 GiB and 1 / 64 MiB', () => {
    const point = weighWork({ ...nothing, verifiedIdleBytes: BigInt(16 * GiB) });
    assert.equal(weighWork({ ...nothing, taggedBytes: BigInt(16 * MiB) }), 180n * point);
    assert.equal(weighWork({ ...nothing, verifiedServiceBytes: BigInt(GiB) }), 12n * point);
    assert.equal(weighWork({ ...nothing, certifiedIdleBytes: BigInt(16 * GiB) }), 4n * point);
    assert.equal(weighWork({ ...nothing, replacedIdleBytes: BigInt(64 * MiB) }), point);
    assert.equal(weighWork(nothing), 0n);
  });

  it('RS-5.1: work in small parts counts as much as at once', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 1n << 50n), fc.bigInt(0n, 1n << 50n), (a, b) => {
        for (const kind of Object.keys(nothing) as (keyof TeeWork)[]) {
          const of = (bytes: bigint): bigint => weighWork({ ...nothing, [kind]: bytes });
          assert.equal(of(a) + of(b), of(a + b));
        }
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it('RS-5.2: most work gives 1000, n penalties cost (10 n)², and credit is never negative', () => {
    assert.equal(creditOfEra(70n, 70n, 0), 1000);
    assert.equal(creditOfEra(35n, 70n, 0), 500);
    assert.equal(creditOfEra(70n, 70n, 1), 900);
    assert.equal(creditOfEra(70n, 70n, 2), 600);
    assert.equal(creditOfEra(70n, 70n, 3), 100);
    assert.equal(creditOfEra(70n, 70n, 4), 0);
    assert.equal(creditOfEra(0n, 70n, 1), 0);
    assert.equal(creditOfEra(0n, 0n, 0), 0, 'an era without any work');
    assert.throws(() => creditOfEra(71n, 70n, 0), /nobody did more/);
  });

  it('RS-5.3: the last five eras weigh 50, 20, 15, 10 and 5 %', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((era) => weighCredit([0, 0, 0, 0, 0].with(era, 1000))),
      [500, 200, 150, 100, 50],
    );
    assert.equal(weighCredit([1000, 1000, 1000, 1000, 1000]), 1000);
    assert.equal(weighCredit([0, 0, 0, 0, 0, 1000]), 0, 'older eras do not count');
    assert.equal(weighCredit([1000]), 500, 'eras that are missing count as 0');
    assert.equal(CREDIT_ERAS, 5);
  });

  it('RS-5.3: better eras never lower credit, which lies between the worst and the best of five eras', () => {
    fc.assert(
      fc.property(fc.array(score, { minLength: 5, maxLength: 5 }), fc.nat(4), score, (eras, at, other) => {
        const credit = weighCredit(eras);
        assert.ok(credit >= Math.min(...eras) && credit <= Math.max(...eras));
        assert.ok(weighCredit(eras.with(at, Math.max(other, eras[at]!))) >= credit);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
