// Rows of the weight table, and the samples that they are measured on. The cost of a sample is that of its counts: a call costs
// its base and so much for each thing that it works on, a hook so much for each step. A row has as many samples as items, so
// that a system of linear equations gives the items; more samples only check them.
import { elementAt, invariant } from '@cess/primitives';

/** What a sample is measured beside: the cost of the extrinsic or of the empty block around it is not its own. */
export type Beside = 'extrinsic' | 'block' | 'nothing';

export interface Prepared {
  readonly beside: Beside;
  /** What is measured, on a state of its own. */
  readonly work: () => void;
  /** The weight that the runtime books for it, in picoseconds, with that of what it is measured beside. */
  readonly booked: bigint;
}

export interface Sample {
  /** How often each item counts; the base counts once. */
  readonly counts: Readonly<Record<string, number>>;
  prepare(): Promise<Prepared>;
  /** What a hook of another pallet does in the same block. */
  readonly also?: { readonly pallet: string; readonly call: string; readonly counts: Readonly<Record<string, number>> };
  /** Whether it only checks the items that the other samples gave. */
  readonly isCheck?: boolean;
}

export interface Row {
  readonly items: readonly string[];
  /** By what they show: a part of the title of their test. */
  readonly samples: Readonly<Record<string, Sample>>;
}

/** The rows of a pallet by call or hook. */
export type PalletRows = Readonly<Record<string, Row>>;

/** A call or closing hook that costs the same whatever it works on. */
export function fixed(prepare: Sample['prepare']): Row {
  return { items: ['base'], samples: { 'at worst': { counts: {}, prepare } } };
}

/** The item counts of a sample in the order of the row; what is not counted is 0. */
export function countsOf({ items }: Row, { counts }: Sample): number[] {
  for (const name of Object.keys(counts)) invariant(items.includes(name), `the row has an item "${name}"`);
  return items.map((item) => (item === 'base' ? 1 : (counts[item] ?? 0)));
}

export type Table = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, bigint>>>>>>;

/** What the table books for other hooks of the sample. */
export function bookedAlso(table: Table, { also }: Sample): bigint {
  if (also === undefined) return 0n;
  const row = table[also.pallet]?.[also.call];
  invariant(row, `the table has a row ${also.pallet}.${also.call}`);
  return Object.entries(also.counts).reduce((sum, [item, count]) => sum + BigInt(count) * (row[item] ?? 0n), 0n);
}

/** The items of a row from the cost of each sample. */
export function itemsOf(row: Row, costOf: (sample: string) => number): ReadonlyMap<string, number> {
  const used = Object.entries(row.samples).filter(([, { isCheck }]) => isCheck !== true);
  invariant(used.length === row.items.length, `as many samples as items: ${row.items.join(', ')}`);
  const solution = solve(used.map(([name, sample]) => [...countsOf(row, sample), costOf(name)]));
  return new Map(row.items.map((item, index) => [item, elementAt(solution, index)]));
}

/** Gaussian elimination with pivots, over rows whose last number is the right side. */
function solve(equations: readonly (readonly number[])[]): number[] {
  const rows = equations.map((row) => [...row]);
  const size = rows.length;
  const at = (row: number, column: number) => elementAt(elementAt(rows, row), column);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column; row < size; row++) {
      if (Math.abs(at(row, column)) > Math.abs(at(pivot, column))) pivot = row;
    }
    [rows[column], rows[pivot]] = [elementAt(rows, pivot), elementAt(rows, column)];
    invariant(at(column, column) !== 0, 'the samples of a row tell its items apart');
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = at(row, column) / at(column, column);
      rows[row] = elementAt(rows, row).map((value, index) => value - factor * at(column, index));
    }
  }
  return rows.map((_, index) => at(index, size) / at(index, index));
}
