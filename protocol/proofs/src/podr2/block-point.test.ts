import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonZeroFactors, widenFactors } from './block-point.js';

test('a factor of 0 becomes 1, all others stay', () => {
  const bytes = new Uint8Array(48);
  bytes[16] = 5;
  bytes[47] = 9;
  const expected = bytes.slice();
  expected[0] = 1;
  assert.deepEqual(nonZeroFactors(bytes), expected);
});

test('factors of 128 bits become scalars with 16 zeros above', () => {
  const factors = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
  const scalars = widenFactors(factors);
  assert.deepEqual(scalars.subarray(0, 16), factors.subarray(0, 16));
  assert.deepEqual(scalars.subarray(32, 48), factors.subarray(16));
  for (const at of [16, 48]) assert.deepEqual(scalars.slice(at, at + 16), new Uint8Array(16));
});
