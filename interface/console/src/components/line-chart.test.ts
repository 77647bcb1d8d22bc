// Where the points of a line chart stand.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plotOf } from './line-chart.js';

const plot = (...points: readonly (readonly [timeMs: number, value: number])[]) =>
  plotOf(points.map(([timeMs, value]) => ({ timeMs, value })));

describe('a line chart', () => {
  it('spreads points by their times, and values from zero at the bottom to the highest at the top', () => {
    const { line, end, most, fromMs, toMs } = plot([1_000, 0], [2_000, 3], [5_000, 4]);
    assert.equal(line, 'M0 100L25 25L100 0');
    assert.equal(end, 'M100 0h0');
    assert.deepEqual([most, fromMs, toMs], [4, 1_000, 5_000]);
  });

  it('shows a single point, and values that are all zero', () => {
    assert.equal(plot([7, 5]).line, 'M100 0');
    assert.equal(plot([7, 5]).end, 'M100 0h0');
    assert.equal(plot([0, 0], [10, 0]).line, 'M0 100L100 100');
  });
});
