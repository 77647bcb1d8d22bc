// STORE-4, PODR2-4: what counts as the end of a round or a repair, and how long they took.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endOf, medianOf, type TimedEnd, timesOf } from './network-times.js';

const read = (ends: readonly TimedEnd[], more = {}) =>
  timesOf({ first: 101, last: 201, firstMs: 50_000, lastMs: 350_000, unknown: 0, cycle: 60, ends, ...more });
const row = (kind: TimedEnd['kind'], ends: readonly TimedEnd[], more = {}) =>
  read(ends, more).rows.find((each) => each.kind === kind);

describe('times to notice and to repair', () => {
  it('have a median and a longest one of each kind, in blocks and by the average time of a block', () => {
    const repairs = [9, 1, 5, 100].map((blocks) => ({ kind: 'Repair', blocks }) as const);
    assert.deepEqual(row('Repair', [...repairs, { kind: 'Failure', blocks: 40 }]), {
      ...{ kind: 'Repair', count: 4 },
      median: { blocks: 7, ms: 21_000 },
      longest: { blocks: 100, ms: 300_000 },
    });
  });

  it('are unknown where nothing ended, and are no times while one block was read', () => {
    assert.deepEqual(row('Hole', []), { kind: 'Hole', count: 0, median: undefined, longest: undefined });
    const one = row('Verdict', [{ kind: 'Verdict', blocks: 3 }], { first: 201 });
    assert.deepEqual(one?.median, { blocks: 3, ms: undefined });
  });

  it('the cycle of questions has a time, too', () => {
    assert.deepEqual(read([]).cycle, { blocks: 60, ms: 180_000 });
  });

  it('the median is the middle of ascending numbers', () => {
    assert.deepEqual([[1, 2, 9], [1, 2, 4, 9], [7], []].map(medianOf), [2, 3, 7, undefined]);
  });

  it('a round ends by a verdict, and fails by what is invalid or conceded, not by what is asked again', () => {
    const closed = (outcome: string) => endOf({ pallet: 'Audit', name: 'RoundClosed', value: { outcome } })?.kind;
    assert.deepEqual(['Invalid', 'Conceded', 'Passed', 'Late', 'Void'].map(closed), [
      ...['Failure', 'Failure'],
      ...[undefined, undefined, undefined],
    ]);
    assert.equal(endOf({ pallet: 'Audit', name: 'VerdictSubmitted', value: {} })?.kind, 'Verdict');
    assert.equal(endOf({ pallet: 'FileBank', name: 'RestoralOrderCompleted', value: {} })?.kind, 'Order');
    assert.equal(endOf({ pallet: 'FileBank', name: 'RestoralOrderClosed', value: {} }), undefined);
    assert.equal(endOf({ pallet: 'Other', name: 'VerdictSubmitted', value: {} }), undefined);
  });
});
