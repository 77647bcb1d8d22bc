// The kernel's form of a matrix: for each entry 16 products with the low nibble and 16 with the high nibble, rows in
// groups of 4, then 2, then 1, inside a group column by column (assembly/kernel.ts).
import { byteAt } from '@cess/primitives';
import { multiply } from './galois.js';
import type { Matrix } from './matrix.js';

const entrySizeBytes = 32;

export function nibbleTablesSize(rows: number, columns: number): number {
  return rows * columns * entrySizeBytes;
}

export function nibbleTables({ rows, columns, values }: Matrix): Uint8Array {
  const tables = new Uint8Array(nibbleTablesSize(rows, columns));
  let at = 0;
  for (let first = 0; first < rows; ) {
    const left = rows - first;
    const group = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    for (let column = 0; column < columns; column++) {
      for (let row = first; row < first + group; row++) {
        const factor = byteAt(values, row * columns + column);
        for (let nibble = 0; nibble < 16; nibble++) {
          tables[at + nibble] = multiply(factor, nibble);
          tables[at + 16 + nibble] = multiply(factor, nibble << 4);
        }
        at += entrySizeBytes;
      }
    }
    first += group;
  }
  return tables;
}
