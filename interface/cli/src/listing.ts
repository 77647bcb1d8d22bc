// Long listings: printed page by page while they are read, so that the memory of the command does not grow with them. A listing
// that a limit cuts says so on standard error, which leaves the standard output to the rows.
import { note, print, type Row, TableFormat } from './output.js';

const pageRows = 200;

/** One row: as a line of the table, as JSON, and the value of `--after` that continues behind it, if the command has one. */
export interface Listed {
  readonly row: Row;
  readonly json: unknown;
  readonly cursor?: string;
}

export interface ListingOptions {
  readonly json: boolean;
  /** Most rows. Default: all. */
  readonly limit?: number | undefined;
}

/** Prints all rows, or the first `limit` and that more exist. */
export async function printListing(listed: AsyncIterable<Listed>, { json, limit }: ListingOptions): Promise<void> {
  const printer = json ? new JsonPrinter() : new TablePrinter();
  let count = 0;
  let last: Listed | undefined;
  let isCut = false;
  for await (const next of listed) {
    isCut = count === limit;
    if (isCut) break;
    printer.add(next);
    last = next;
    count++;
  }
  printer.end();
  if (!isCut) return;
  const advice = last?.cursor === undefined ? 'Raise --limit to see them.' : `Continue with --after ${last.cursor}.`;
  note(`More rows exist; --limit ended the listing after ${count}. ${advice}`);
}

class TablePrinter {
  readonly #format = new TableFormat();
  #page: Row[] = [];
  #isEmpty = true;

  add({ row }: Listed): void {
    this.#isEmpty = false;
    this.#page.push(row);
    if (this.#page.length >= pageRows) this.#flush();
  }

  end(): void {
    if (this.#isEmpty) print('(none)');
    this.#flush();
  }

  #flush(): void {
    if (this.#page.length > 0) print(this.#format.page(this.#page));
    this.#page = [];
  }
}

/** An array, one element a line. */
class JsonPrinter {
  #pending: string | undefined;

  add({ json }: Listed): void {
    print(this.#pending === undefined ? '[' : `${this.#pending},`);
    this.#pending = `  ${JSON.stringify(json)}`;
  }

  end(): void {
    print(this.#pending === undefined ? '[]' : `${this.#pending}\n]`);
  }
}
