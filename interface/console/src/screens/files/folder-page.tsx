// One folder of a bucket: its objects, and what can be done with them.
import { useCallback, useEffect, useRef, useState } from 'react';
import { transfers } from '../../api/transfers.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Field } from '../../components/field.js';
import { Empty, Failure, Loading } from '../../components/states.js';
import { navigate } from '../../router.js';
import { BucketClass } from './bucket-class.js';
import { ClassSelect } from './class-select.js';
import { Crumbs } from './crumbs.js';
import { DeleteItems } from './delete-items.js';
import { filesOfDrop, filesOfInput } from './dropped-files.js';
import { ListingTable } from './listing-table.js';
import { NewFolder } from './new-folder.js';
import { ObjectPanel } from './object-panel.js';
import { Relocate } from './relocate.js';
import { type Row, useListing } from './use-listing.js';

interface FolderProps {
  readonly bucket: string;
  readonly prefix: string;
  /** Key of the object whose details are open. */
  readonly shown: string | undefined;
}

type Opened = 'class' | 'new-folder' | 'delete' | 'move' | 'copy';

export function FolderPage({ bucket, prefix, shown }: FolderProps) {
  const { t, number } = useTexts();
  const [begins, setBegins] = useState('');
  const listing = useListing(bucket, prefix, useDelayed(begins));
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [opened, setOpened] = useState<Opened>();
  const [storageClass, setStorageClass] = useState('');
  const [isTarget, setIsTarget] = useState(false);
  const { rows, isLoading, hasMore, error, reload, loadMore } = listing;
  const chosen = rows.filter(({ key }) => selected.has(key));
  const single = chosen.length === 1 ? chosen[0] : undefined;
  const done = useCallback(() => {
    setOpened(undefined);
    setSelected(new Set());
    reload();
  }, [reload]);
  useReloadAfterUploads(bucket, prefix, reload);
  const upload = (files: readonly (readonly [path: string, file: File])[]) => {
    for (const [path, file] of files)
      transfers.add({ bucket, key: prefix + path }, file, storageClass === '' ? undefined : storageClass);
  };
  const open = (row: Row) => {
    if (row.kind === 'folder') navigate(['files', bucket, row.key]);
    else
      navigate(
        ['files', bucket, ...(prefix === '' ? [''] : [prefix])].filter((part) => part !== ''),
        { object: row.key },
      );
  };
  const closePanel = () => navigate(['files', bucket, prefix].filter((part) => part !== ''));
  return (
    <div className="page full">
      <div className="page-head">
        <Crumbs bucket={bucket} prefix={prefix} />
        <div className="row">
          <Button onClick={() => setOpened('class')}>{t('class.default')}</Button>
          <Button icon="plus" onClick={() => setOpened('new-folder')}>
            {t('files.folder.new')}
          </Button>
          <UploadButton isFolder onFiles={upload} />
          <UploadButton onFiles={upload} />
        </div>
      </div>
      <div className="row between">
        <div className="row end">
          <div className="search">
            <Field label={t('files.search')} value={begins} onChange={setBegins} type="search" />
          </div>
          <ClassSelect
            label={t('class.upload')}
            value={storageClass}
            onChange={setStorageClass}
            none={t('class.upload.default')}
          />
        </div>
        {chosen.length === 0 ? (
          <span className="faint">
            {t(hasMore ? 'files.loadedMore' : 'files.loaded', { count: number(rows.length) })}
          </span>
        ) : (
          <div className="row">
            <span>{t('files.selected', { count: number(chosen.length) })}</span>
            {single?.kind === 'object' ? (
              <>
                <Button icon="move" onClick={() => setOpened('move')}>
                  {t('files.move')}
                </Button>
                <Button icon="copy" onClick={() => setOpened('copy')}>
                  {t('files.copyTo')}
                </Button>
              </>
            ) : null}
            <Button icon="trash" kind="danger" onClick={() => setOpened('delete')}>
              {t('action.delete')}
            </Button>
          </div>
        )}
      </div>
      <section
        className={`card listing${isTarget ? ' is-target' : ''}`}
        aria-label={t('files.list')}
        aria-busy={isLoading}
        onDragOver={(event) => {
          event.preventDefault();
          setIsTarget(true);
        }}
        onDragLeave={() => setIsTarget(false)}
        onDrop={(event) => {
          event.preventDefault();
          setIsTarget(false);
          void filesOfDrop(event.dataTransfer).then(upload);
        }}
      >
        {rows.length > 0 ? (
          <ListingTable rows={rows} selected={selected} onSelect={setSelected} onOpen={open} onEnd={loadMore} />
        ) : isLoading ? (
          <Loading />
        ) : error !== undefined ? (
          <Failure error={error} onRetry={reload} />
        ) : begins !== '' ? (
          <Empty icon="search" title={t('files.search.none', { text: begins })} />
        ) : (
          <Empty icon="upload" title={t('files.folder.empty')} text={t('files.folder.empty.text')} />
        )}
      </section>
      {opened === 'class' ? <BucketClass bucket={bucket} onClose={() => setOpened(undefined)} /> : null}
      {opened === 'new-folder' ? <NewFolder bucket={bucket} prefix={prefix} onClose={done} /> : null}
      {opened === 'delete' ? <DeleteItems bucket={bucket} rows={chosen} onClose={done} /> : null}
      {(opened === 'move' || opened === 'copy') && single !== undefined ? (
        <Relocate bucket={bucket} from={single.key} isCopy={opened === 'copy'} onClose={done} />
      ) : null}
      {shown === undefined ? null : (
        <ObjectPanel bucket={bucket} objectKey={shown} onClose={closePanel} onChanged={reload} />
      )}
    </div>
  );
}

interface UploadProps {
  readonly isFolder?: boolean;
  readonly onFiles: (files: readonly (readonly [path: string, file: File])[]) => void;
}

function UploadButton({ isFolder = false, onFiles }: UploadProps) {
  const { t } = useTexts();
  const input = useRef<HTMLInputElement>(null);
  const label = t(isFolder ? 'files.upload.folder' : 'files.upload');
  return (
    <>
      <Button
        icon={isFolder ? 'folder' : 'upload'}
        kind={isFolder ? 'plain' : 'primary'}
        onClick={() => input.current?.click()}
      >
        {label}
      </Button>
      <input
        ref={(element) => {
          input.current = element;
          element?.toggleAttribute('webkitdirectory', isFolder);
        }}
        type="file"
        multiple
        hidden
        aria-label={label}
        onChange={(event) => {
          onFiles(filesOfInput(event.target.files));
          event.target.value = '';
        }}
      />
    </>
  );
}

/** A value as it was when it had not changed for a moment. */
function useDelayed(value: string): string {
  const [delayed, setDelayed] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(value), 250);
    return () => clearTimeout(timer);
  }, [value]);
  return delayed;
}

function useReloadAfterUploads(bucket: string, prefix: string, reload: () => void): void {
  useEffect(() => {
    let timer: number | undefined;
    const listener = (target: { readonly bucket: string; readonly key: string }) => {
      if (target.bucket !== bucket || !target.key.startsWith(prefix)) return;
      clearTimeout(timer);
      timer = window.setTimeout(reload, 300);
    };
    transfers.onDone.add(listener);
    return () => {
      clearTimeout(timer);
      transfers.onDone.delete(listener);
    };
  }, [bucket, prefix, reload]);
}
