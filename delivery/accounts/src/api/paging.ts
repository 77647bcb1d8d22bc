// Pages of lists: `MaxItems` and `Marker` in the request, `IsTruncated` and `Marker` in the answer.
import type { Portions, Read, ReadView } from '@cess/object-index';
import { IamError } from '../iam-error.js';
import type { Row, Table } from '../store/table.js';
import type { Answer, AnswerValue } from './operation.js';
import { type Params, rules } from './params.js';

interface Shown {
  readonly name: string;
  readonly shown: AnswerValue;
}

const maxItems = 1000;
/** Rows that are read at once. */
const readAtOnce = 1000;

/**
 * A page of a table: `show` gives the element of a row, or undefined for a row that is not asked for. `list` names the element of
 * the answer.
 */
export function* listPage<T>(
  params: Params,
  list: string,
  source: { readonly view: ReadView; readonly table: Table<T>; readonly scope: readonly string[] },
  show: (row: Row<T>) => Read<AnswerValue>,
): Portions<Answer> {
  const { limit, after } = pageOf(params);
  const found: Shown[] = [];
  let from = after;
  for (;;) {
    const rows = yield* source.table.page(source.view, source.scope, { after: from, limit: readAtOnce });
    for (const row of rows) {
      const shown = yield* show(row);
      if (shown !== undefined) found.push({ name: row.name, shown });
      if (found.length > limit) return answerOf(list, found, limit);
    }
    from = rows.at(-1)?.name;
    if (rows.length < readAtOnce) return answerOf(list, found, limit);
    yield;
  }
}

/** A page of a list that is in memory, by names in their order. */
export function pageOfList(params: Params, list: string, entries: readonly Shown[]): Answer {
  const { limit, after } = pageOf(params);
  const rest = after === undefined ? entries : entries.filter(({ name }) => name > after);
  return answerOf(list, rest.slice(0, limit + 1), limit);
}

function pageOf(params: Params): { readonly limit: number; readonly after: string | undefined } {
  const limit = params.integer('MaxItems', { min: 1, max: maxItems, absent: 100 });
  const marker = params.optional('Marker', rules.marker);
  if (marker === undefined) return { limit, after: undefined };
  const after = Buffer.from(marker, 'base64url').toString('utf8');
  if (encodeMarker(after) !== marker) throw new IamError('ValidationError', 'Invalid Marker.');
  return { limit, after };
}

function answerOf(list: string, found: readonly Shown[], limit: number): Answer {
  const page = found.slice(0, limit);
  const isTruncated = found.length > limit;
  const last = page.at(-1);
  return {
    [list]: page.map(({ shown }) => shown),
    IsTruncated: isTruncated,
    Marker: isTruncated && last !== undefined ? encodeMarker(last.name) : undefined,
  };
}

function encodeMarker(name: string): string {
  return Buffer.from(name, 'utf8').toString('base64url');
}
