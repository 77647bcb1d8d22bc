// The code as its definition is written, slow and obvious: carry-less multiplication with reduction bit by bit, an
// inverse by trying all 255 values, matrices as lists of lists.

/** a * b modulo x^8 + x^4 + x^3 + x^2 + 1. */
function slowMultiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product <<= 1;
    if (product & 0x100) product ^= 0x11d;
    if ((b >> bit) & 1) product ^= a;
  }
  return product;
}

function slowInverse(a: number): number {
  for (let b = 1; b < 256; b++) if (slowMultiply(a, b) === 1) return b;
  throw new Error('no inverse');
}

function slowPower(a: number, n: number): number {
  let value = 1;
  for (let i = 0; i < n; i++) value = slowMultiply(value, a);
  return value;
}

function slowProduct(a: number[][], b: number[][]): number[][] {
  return a.map((row) => b[0]!.map((_, c) => row.reduce((sum, value, i) => sum ^ slowMultiply(value, b[i]![c]!), 0)));
}

function slowInverted(matrix: number[][]): number[][] {
  const size = matrix.length;
  const work = matrix.map((row, r) => [...row, ...row.map((_, c) => (c === r ? 1 : 0))]);
  for (let c = 0; c < size; c++) {
    const pivot = work.findIndex((row, r) => r >= c && row[c] !== 0);
    [work[c], work[pivot]] = [work[pivot]!, work[c]!];
    const scale = slowInverse(work[c]![c]!);
    work[c] = work[c]!.map((value) => slowMultiply(value, scale));
    for (let r = 0; r < size; r++) {
      const factor = work[r]![c]!;
      if (r !== c) work[r] = work[r]!.map((value, i) => value ^ slowMultiply(factor, work[c]![i]!));
    }
  }
  return work.map((row) => row.slice(size));
}

/** The n x k coding matrix. */
export function slowMatrix(k: number, n: number): number[][] {
  const vandermonde = Array.from({ length: n }, (_, r) => Array.from({ length: k }, (_, c) => slowPower(r, c)));
  return slowProduct(vandermonde, slowInverted(vandermonde.slice(0, k)));
}

/** All n shards of k data shards. */
export function slowEncode(k: number, n: number, data: readonly Uint8Array[]): Uint8Array[] {
  return slowMatrix(k, n).map((row) =>
    data[0]!.map((_, at) => row.reduce((sum, factor, i) => sum ^ slowMultiply(factor, data[i]![at]!), 0)),
  );
}
