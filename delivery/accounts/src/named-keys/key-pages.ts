// Pages of the lists of the KMS API: `Limit` and `Marker` in the request, `Truncated` and `NextMarker` in the answer.
import type { Portions, ReadView } from '@cess/object-index';
import type { Answer, AnswerValue, Call } from '../api/operation.js';
import { rules } from '../api/params.js';
import type { Row, Table } from '../store/table.js';

interface Source<T> {
  readonly view: ReadView;
  readonly table: Table<T>;
  readonly account: string;
}

/** `show` gives undefined for a row that is not asked for. */
export function* keyPage<T>(
  { params }: Call,
  list: string,
  { view, table, account }: Source<T>,
  show: (row: Row<T>) => AnswerValue,
): Portions<Answer> {
  const limit = params.integer('Limit', { min: 1, max: 1000, absent: 100 });
  const after = params.optional('Marker', rules.marker);
  const rows = yield* table.page(view, [account], { after, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const isTruncated = rows.length > limit;
  return {
    [list]: shown.map(show).filter((value) => value !== undefined),
    Truncated: isTruncated,
    NextMarker: isTruncated ? shown.at(-1)?.name : undefined,
  };
}
