import assert from 'node:assert/strict';
import { test } from 'node:test';
import { integerOfBytes, reduceScalar, scalarBytes, scalarOrder, shake256 } from '@cess/crypto';
import { concatBytes, utf8 } from '@cess/primitives';
import fc from 'fast-check';
import { blockSizeBytes, sectorSizeBytes, sectorsPerBlock } from './podr2/parameters.js';
import { slowFieldKernel } from './test-support/slow-field-kernel.js';
import { createFieldKernel } from './wasm-field-kernel.js';

const kernel = createFieldKernel();
const seed = 20260102;
const edges = [0n, 1n, 2n, 1n << 255n, scalarOrder - 1n, scalarOrder - 2n, (1n << 32n) - 1n].map(reduceScalar);
const point = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: 0n, max: scalarOrder - 1n })).map(scalarBytes);
const length = fc.oneof(fc.constantFrom(0, 1, 30, 31, 32, blockSizeBytes - 1, blockSizeBytes), fc.nat(blockSizeBytes));
const block = fc
  .tuple(length, fc.constantFrom('zeros', 'ones', 'random'), fc.nat())
  .map(([bytes, kind, n]) =>
    kind === 'random'
      ? shake256(Math.max(bytes, 1), utf8(`${n}`)).subarray(0, bytes)
      : new Uint8Array(bytes).fill(kind === 'ones' ? 255 : 0),
  );
const coefficient = fc.oneof(
  fc.constantFrom(new Uint8Array(16), new Uint8Array(16).fill(255)),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);

test('the value of a block at a point is that of the formula', () => {
  fc.assert(
    fc.property(point, block, (at, bytes) => {
      const expected = slowFieldKernel.evaluate(slowFieldKernel.powers(at), bytes);
      assert.deepEqual(kernel.evaluate(kernel.powers(at), bytes), expected);
    }),
    { seed, numRuns: 60 },
  );
});

test('sums of scaled blocks are those of the formula', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(coefficient, block), { maxLength: 12 }), (terms) => {
      const [ours, theirs] = [kernel.newSum(), slowFieldKernel.newSum()];
      for (const [scale, bytes] of terms) {
        kernel.accumulate(ours, scale, bytes);
        slowFieldKernel.accumulate(theirs, scale, bytes);
      }
      assert.deepEqual(kernel.coefficientsOf(ours), slowFieldKernel.coefficientsOf(theirs));
    }),
    { seed, numRuns: 30 },
  );
});

test('a sum holds the largest summands of more blocks than a round can have', () => {
  const [sum, count] = [kernel.newSum(), 5000];
  const [scale, bytes] = [new Uint8Array(16).fill(255), new Uint8Array(sectorSizeBytes).fill(255)];
  for (let i = 0; i < count; i++) kernel.accumulate(sum, scale, bytes);
  const expected = reduceScalar(BigInt(count) * ((1n << 128n) - 1n) * ((1n << 248n) - 1n));
  assert.equal(integerOfBytes(kernel.coefficientsOf(sum).subarray(0, 32)), expected);
});

test('division by X - point gives the quotient and the value of the formula', () => {
  const random = fc
    .nat()
    .map((n) =>
      concatBytes(
        ...Array.from({ length: sectorsPerBlock }, (_, j) =>
          scalarBytes(reduceScalar(integerOfBytes(shake256(48, utf8(`${n}/${j}`))))),
        ),
      ),
    );
  const extreme = fc.constant(
    concatBytes(...Array.from({ length: sectorsPerBlock }, () => scalarBytes(scalarOrder - 1n))),
  );
  fc.assert(
    fc.property(fc.oneof(random, extreme), point, (polynomial, at) => {
      assert.deepEqual(kernel.divide(polynomial, at), slowFieldKernel.divide(polynomial, at));
    }),
    { seed, numRuns: 20 },
  );
});

test('points and polynomials that are not canonical are refused', () => {
  const order = scalarBytes(scalarOrder - 1n);
  order[0]! += 1;
  assert.throws(() => kernel.powers(order), /canonical/);
  assert.throws(() => kernel.divide(new Uint8Array(sectorsPerBlock * 32).fill(255), scalarBytes(1n)), /coefficients/);
  assert.throws(() => kernel.evaluate(kernel.powers(scalarBytes(1n)), new Uint8Array(blockSizeBytes + 1)), /sectors/);
});
