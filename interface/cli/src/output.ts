// Output of the commands: readable tables, or JSON with the same content for scripts.
import { CESS, CessError, elementAt } from '@cess/primitives';

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** Prints to standard output. Only results go there, so that it can be piped. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints what a command did: a sentence, or with `--json` the record. */
export function printDone(
  { json }: { readonly json: boolean },
  record: Readonly<Record<string, unknown>>,
  sentence: string,
): void {
  print(json ? JSON.stringify(record, null, 2) : sentence);
}

/** Prints to standard error what is not a result: progress, and that a listing is incomplete. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Formats rows as a table with field names as header, padded columns and right-aligned numbers. */
export function table(rows: readonly Row[]): string {
  if (rows.length === 0) return '(none)';
  return new TableFormat().page(rows);
}

/** A table that is formatted page by page. Columns only get wider from page to page. */
export class TableFormat {
  #widths: number[] | undefined;

  /** The lines of these rows, below the header on the first page. */
  page(rows: readonly Row[]): string {
    const names = Object.keys(elementAt(rows, 0));
    const lines = [
      ...(this.#widths === undefined ? [Object.fromEntries(names.map((name) => [name, name]))] : []),
      ...rows,
    ];
    const before = this.#widths ?? [];
    const widths = names.map((name, i) =>
      lines.reduce((width, row) => Math.max(width, String(row[name] ?? '').length), before[i] ?? 0),
    );
    this.#widths = widths;
    return lines
      .map((row) =>
        lineOf(
          names.map((name) => row[name] ?? null),
          widths,
        ),
      )
      .join('\n');
  }
}

function lineOf(cells: readonly Cell[], widths: readonly number[]): string {
  return cells
    .map((cell, i) =>
      typeof cell === 'number'
        ? String(cell).padStart(elementAt(widths, i))
        : String(cell ?? '-').padEnd(elementAt(widths, i)),
    )
    .join('  ')
    .trimEnd();
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

/** `12.5` (CESS) in the smallest unit. Throws `AMOUNT_MALFORMED`. */
export function parseCess(text: string): bigint {
  const match = /^(\d{1,12})(?:\.(\d{1,18}))?$/.exec(text);
  if (match === null) throw new CessError('AMOUNT_MALFORMED', `"${text}" is not an amount of CESS, for example 12.5.`);
  return BigInt(elementAt(match, 1)) * CESS + BigInt((match[2] ?? '').padEnd(18, '0'));
}
