// IFACE-1: a list of any length shows the rows that the reader has scrolled to.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { windowOf } from './virtual-list.js';

const rowPx = 40;
const viewPx = 800;

describe('the window of a virtual list', () => {
  it('covers the view and not much more, at every place of a list that fits', () => {
    for (const scrollPx of [0, 1, 39, 40, 1_000, 39_200]) {
      const { from, to, topPx, heightPx } = windowOf({ count: 1_000, rowPx, scrollPx, viewPx });
      assert.equal(heightPx, 40_000);
      assert.equal(topPx, from * rowPx, 'unscaled rows stand where they belong');
      assert.ok(from * rowPx <= scrollPx && to * rowPx >= Math.min(40_000, scrollPx + viewPx));
      assert.ok(to - from <= 40);
    }
  });

  it('reaches the first and the last of a million rows within the height that browsers have', () => {
    const count = 1_000_000;
    const top = windowOf({ count, rowPx, scrollPx: 0, viewPx });
    assert.equal(top.from, 0);
    assert.ok(top.heightPx <= 8_000_000);
    const end = windowOf({ count, rowPx, scrollPx: top.heightPx - viewPx, viewPx });
    assert.equal(end.to, count);
    const rowsPx = (end.to - end.from) * rowPx;
    assert.ok(Math.abs(end.topPx + rowsPx - top.heightPx) < 1, 'the last row ends where the list ends');
  });

  it('of a short and of an empty list has all rows', () => {
    assert.deepEqual(windowOf({ count: 3, rowPx, scrollPx: 0, viewPx }), { from: 0, to: 3, topPx: 0, heightPx: 120 });
    assert.deepEqual(windowOf({ count: 0, rowPx, scrollPx: 0, viewPx }), { from: 0, to: 0, topPx: 0, heightPx: 0 });
  });
});
