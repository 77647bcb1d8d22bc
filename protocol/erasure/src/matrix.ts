// Matrices over GF(2^8), row by row in one byte array, and the coding matrix of docs/protocol/data-path.md §3:
// the Vandermonde matrix V[r][c] = r^c, multiplied by the inverse of its upper k rows. Its upper part is the identity,
// so data shards are stored unchanged. Any k of its n rows are independent, so any k shards determine the data.
import { byteAt, invariant } from '@cess/primitives';
import { inverse, multiply, power } from './galois.js';

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Uint8Array;
}

/** The n x k coding matrix; 1 <= k <= n <= 256. */
export function codingMatrix(k: number, n: number): Matrix {
  invariant(Number.isInteger(k) && Number.isInteger(n) && k >= 1 && k <= n && n <= 256, 'code has 1 <= k <= n <= 256');
  const vandermonde: Matrix = { rows: n, columns: k, values: new Uint8Array(n * k) };
  for (let r = 0; r < n; r++) {
    for (let c = 0; c < k; c++) vandermonde.values[r * k + c] = power(r, c);
  }
  return product(vandermonde, inverted(selectRows(vandermonde, [...Array(k).keys()])));
}

/** The given rows, in the given order. */
export function selectRows(matrix: Matrix, rows: readonly number[]): Matrix {
  const { columns } = matrix;
  const values = new Uint8Array(rows.length * columns);
  rows.forEach((row, i) => {
    invariant(row >= 0 && row < matrix.rows, 'matrix row exists');
    values.set(matrix.values.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return { rows: rows.length, columns, values };
}

/** a * b. */
export function product(a: Matrix, b: Matrix): Matrix {
  invariant(a.columns === b.rows, 'matrix shapes fit');
  const values = new Uint8Array(a.rows * b.columns);
  for (let r = 0; r < a.rows; r++) {
    for (let i = 0; i < a.columns; i++) {
      const factor = byteAt(a.values, r * a.columns + i);
      if (factor !== 0) addScaledRow(values, r * b.columns, b.values, i * b.columns, factor, b.columns);
    }
  }
  return { rows: a.rows, columns: b.columns, values };
}

/** The inverse, by Gauss-Jordan elimination. The matrix must be square and regular. */
export function inverted(matrix: Matrix): Matrix {
  const size = matrix.rows;
  invariant(matrix.columns === size, 'matrix is square');
  const left = matrix.values.slice();
  const right = new Uint8Array(size * size);
  for (let i = 0; i < size; i++) right[i * size + i] = 1;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    while (pivot < size && left[pivot * size + column] === 0) pivot++;
    invariant(pivot < size, 'matrix is regular');
    if (pivot !== column) {
      swapRows(left, pivot, column, size);
      swapRows(right, pivot, column, size);
    }
    const scale = inverse(byteAt(left, column * size + column));
    scaleRow(left, column * size, scale, size);
    scaleRow(right, column * size, scale, size);
    for (let row = 0; row < size; row++) {
      const factor = byteAt(left, row * size + column);
      if (row === column || factor === 0) continue;
      addScaledRow(left, row * size, left, column * size, factor, size);
      addScaledRow(right, row * size, right, column * size, factor, size);
    }
  }
  return { rows: size, columns: size, values: right };
}

function addScaledRow(
  target: Uint8Array,
  targetAt: number,
  source: Uint8Array,
  sourceAt: number,
  factor: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) {
    const at = targetAt + i;
    target[at] = byteAt(target, at) ^ multiply(byteAt(source, sourceAt + i), factor);
  }
}

function scaleRow(values: Uint8Array, at: number, factor: number, length: number): void {
  for (let i = 0; i < length; i++) values[at + i] = multiply(byteAt(values, at + i), factor);
}

function swapRows(values: Uint8Array, a: number, b: number, length: number): void {
  const row = values.slice(a * length, (a + 1) * length);
  values.copyWithin(a * length, b * length, (b + 1) * length);
  values.set(row, b * length);
}
