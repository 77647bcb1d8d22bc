// Output of the commands: readable tables, or JSON with the same content for scripts.
import { CESS, elementAt } from '@cess/primitives';

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** Prints to standard output. Only results go there, so that it can be piped. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Formats rows as a table with field names as header, padded columns and right-aligned numbers. */
export function table(rows: readonly Row[]): string {
  const [first] = rows;
  if (first === undefined) return '(none)';
  const names = Object.keys(first);
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => String(row[name] ?? '').length)));
  const line = (cells: readonly Cell[]): string =>
    cells
      .map((cell, i) =>
        typeof cell === 'number'
          ? String(cell).padStart(elementAt(widths, i))
          : String(cell ?? '-').padEnd(elementAt(widths, i)),
      )
      .join('  ')
      .trimEnd();
  return [line(names), ...rows.map((row) => line(names.map((name) => row[name] ?? null)))].join('\n');
}

/** Formats one field per line. */
export function fields(record: Row): string {
  const width = Math.max(...Object.keys(record).map((name) => name.length));
  return Object.entries(record)
    .map(([name, value]) => `${name.padEnd(width)}  ${value ?? '-'}`)
    .join('\n');
}

/** Amount of the smallest unit as CESS with at most six decimals. */
export function formatCess(amount: bigint): string {
  const whole = amount / CESS;
  const micro = (amount % CESS) / 10n ** 12n;
  const decimals = String(micro).padStart(6, '0').replace(/0+$/, '');
  return `${whole}${decimals === '' ? '' : `.${decimals}`} CESS`;
}
