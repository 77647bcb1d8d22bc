// Rows of a folder: select them, open them. Only the rows in view exist.
import { memo } from 'react';
import { useTexts } from '../../components/context.js';
import { Icon } from '../../components/icon.js';
import { VirtualList } from '../../components/virtual-list.js';
import type { Row } from './use-listing.js';

/** As `--row` in the tokens. */
const rowPx = 40;

interface TableProps {
  readonly rows: readonly Row[];
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (keys: ReadonlySet<string>) => void;
  readonly onOpen: (row: Row) => void;
  readonly onEnd: () => void;
}

export function ListingTable({ rows, selected, onSelect, onOpen, onEnd }: TableProps) {
  const { t } = useTexts();
  const isAll = rows.length > 0 && selected.size === rows.length;
  const toggle = (key: string) => {
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    onSelect(next);
  };
  return (
    <div className="listing" role="table" aria-label={t('files.list')} aria-rowcount={rows.length + 1}>
      <div role="rowgroup">
        <div className="listing-row head" role="row" aria-rowindex={1}>
          <span className="check" role="columnheader">
            <input
              type="checkbox"
              aria-label={t('files.select.all')}
              checked={isAll}
              onChange={() => onSelect(new Set(isAll ? [] : rows.map(({ key }) => key)))}
            />
          </span>
          <span role="columnheader">{t('files.column.name')}</span>
          <span className="number" role="columnheader">
            {t('files.column.size')}
          </span>
          <span className="number" role="columnheader">
            {t('files.column.modified')}
          </span>
        </div>
      </div>
      <VirtualList
        count={rows.length}
        rowPx={rowPx}
        label={t('files.list')}
        onEnd={onEnd}
        render={(index) => {
          const row = rows[index];
          if (row === undefined) return null;
          const isSelected = selected.has(row.key);
          return (
            <ListingRow
              key={row.key}
              row={row}
              index={index}
              isSelected={isSelected}
              onToggle={toggle}
              onOpen={onOpen}
            />
          );
        }}
      />
    </div>
  );
}

interface RowProps {
  readonly row: Row;
  readonly index: number;
  readonly isSelected: boolean;
  readonly onToggle: (key: string) => void;
  readonly onOpen: (row: Row) => void;
}

const ListingRow = memo(function ListingRow({ row, index, isSelected, onToggle, onOpen }: RowProps) {
  const { t, bytes, date } = useTexts();
  const { kind, name } = row;
  return (
    <div className="listing-row" role="row" aria-rowindex={index + 2} aria-selected={isSelected}>
      <span className="check" role="cell">
        <input
          type="checkbox"
          aria-label={t('files.select', { name })}
          checked={isSelected}
          onChange={() => onToggle(row.key)}
        />
      </span>
      <span role="cell" style={{ minWidth: 0 }}>
        <button
          type="button"
          className="name"
          aria-label={t(kind === 'folder' ? 'files.folder' : 'files.object', { name })}
          onClick={() => onOpen(row)}
          style={{ width: '100%' }}
        >
          <Icon name={kind === 'folder' ? 'folder' : 'file'} />
          <span>{name}</span>
        </button>
      </span>
      <span className="number soft" role="cell">
        {kind === 'folder' ? '' : bytes(row.entry.size)}
      </span>
      <span className="number soft" role="cell">
        {kind === 'folder' ? '' : date(row.entry.modified)}
      </span>
    </div>
  );
});
