// The port to polynomial arithmetic in Fr, with the s sectors of a block as coefficients. Numbers are 32 bytes
// little-endian and canonical. Blocks may be short: missing bytes are zeros.

/** Powers of a point, in a form that only the kernel knows. Secret if the point is. */
export interface PowerTable {
  readonly bytes: Uint8Array;
}

/** An unfinished sum of scaled blocks, in a form that only the kernel knows. */
export interface BlockSum {
  readonly bytes: Uint8Array;
}

export interface FieldKernel {
  /** point^0 … point^(s-1). */
  powers(point: Uint8Array): PowerTable;
  /** The block's polynomial at the table's point. */
  evaluate(table: PowerTable, block: Uint8Array): Uint8Array;
  newSum(): BlockSum;
  /** Adds coefficient · block; the coefficient has 16 bytes little-endian. */
  accumulate(sum: BlockSum, coefficient: Uint8Array, block: Uint8Array): void;
  /** The s coefficients of the sum, 32 bytes each. */
  coefficientsOf(sum: BlockSum): Uint8Array;
  /** polynomial = quotient · (X - point) + value; the quotient has s - 1 coefficients. */
  divide(polynomial: Uint8Array, point: Uint8Array): { readonly value: Uint8Array; readonly quotient: Uint8Array };
}
