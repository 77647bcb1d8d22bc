// The report of every benchmark: a table for people and one line of JSON for programs.
import { cpus } from 'node:os';

export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The value divided by that of another row. */
  readonly ratio?: number;
  readonly of?: string;
  /** The target of the row as text, and whether it was met. */
  readonly target?: string;
  readonly met?: boolean;
}

export function report(benchmark: string, rows: readonly Row[]): void {
  const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  const cells = rows.map(({ name, value, unit, ratio, of, target, met }) => [
    name,
    `${number(value)} ${unit}`,
    ratio === undefined ? '' : `${number(ratio)} x ${of}`,
    target === undefined ? '' : `${met === true ? 'met' : 'MISSED'}: ${target}`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  process.stdout.write(`\n== ${benchmark}\n`);
  for (const row of cells) {
    const [name, value, ratio] = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    process.stdout.write(`${name}  ${value}  ${ratio}  ${row[3]}\n`.trimEnd().concat('\n'));
  }
  const machine = { cpu: cpus()[0]?.model.trim(), cores: cpus().length, node: process.version };
  process.stdout.write(`${JSON.stringify({ benchmark, date: new Date().toISOString(), machine, rows })}\n`);
}
