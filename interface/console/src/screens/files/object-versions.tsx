// Versions of an object: restore one, undo a deletion, delete one for good.
import { useState } from 'react';
import {
  copyObject,
  deleteObject,
  listVersions,
  type ObjectName,
  objectPath,
  type VersionEntry,
} from '../../api/s3.js';
import { Button } from '../../components/button.js';
import { useTexts, useToast } from '../../components/context.js';
import { FormDialog } from '../../components/dialog.js';
import { Icon } from '../../components/icon.js';
import { Content, Empty } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';

interface VersionsProps {
  readonly object: ObjectName;
  readonly onChanged: () => void;
}

export function ObjectVersions({ object, onChanged }: VersionsProps) {
  const { t } = useTexts();
  const toast = useToast();
  const { bucket, key } = object;
  const versions = useLoad(`${bucket}/${key}`, () => listVersions(bucket, key));
  const [removed, setRemoved] = useState<VersionEntry>();
  const action = useAction();
  const changed = () => {
    setRemoved(undefined);
    versions.reload();
    onChanged();
  };
  const restore = ({ versionId }: VersionEntry) =>
    action.run(async () => {
      await copyObject({ bucket, key, versionId }, object);
      toast(t('object.versions.restored'));
      changed();
    });
  const remove = ({ versionId }: VersionEntry) =>
    action.run(async () => {
      await deleteObject({ bucket, key, versionId });
      changed();
    });
  return (
    <Content of={versions}>
      {(list) => (
        <>
          {list.length <= 1 ? (
            <Empty icon="copy" title={t('object.versions')} text={t('object.versions.none')} />
          ) : null}
          {action.state.failure === undefined ? null : (
            <p className="notice bad" role="alert">
              {action.state.failure}
            </p>
          )}
          <ul className="stack tight" style={{ padding: 0, listStyle: 'none' }}>
            {list.map((version) => (
              <VersionRow
                key={version.versionId}
                object={object}
                version={version}
                isOnly={list.length === 1}
                onRestore={() => restore(version)}
                onRemove={() => (version.isDeletion ? remove(version) : setRemoved(version))}
              />
            ))}
          </ul>
          {removed === undefined ? null : (
            <FormDialog
              title={t('object.versions.delete')}
              submit={t('action.delete')}
              isDanger
              {...action.state}
              onClose={() => setRemoved(undefined)}
              onSubmit={() => remove(removed)}
            >
              <p>{t('object.versions.delete.text')}</p>
            </FormDialog>
          )}
        </>
      )}
    </Content>
  );
}

interface RowProps {
  readonly object: ObjectName;
  readonly version: VersionEntry;
  readonly isOnly: boolean;
  readonly onRestore: () => void;
  readonly onRemove: () => void;
}

function VersionRow({ object, version, isOnly, onRestore, onRemove }: RowProps) {
  const { t, date, bytes } = useTexts();
  const { versionId, isLatest, isDeletion, modified, size } = version;
  return (
    <li className="card row between" style={{ padding: 'var(--space-3)' }}>
      <div>
        <div>
          {date(modified)} {isLatest ? <span className="badge good">{t('object.versions.current')}</span> : null}
        </div>
        <div className="faint">{isDeletion ? t('object.versions.deleted') : bytes(size)}</div>
      </div>
      <div className="row">
        {isDeletion ? (
          <Button onClick={onRemove}>{t('object.versions.undelete')}</Button>
        ) : (
          <>
            <a
              className="button quiet"
              href={objectPath({ ...object, versionId })}
              download
              aria-label={t('files.download')}
            >
              <Icon name="download" />
            </a>
            {isLatest ? null : <Button onClick={onRestore}>{t('object.versions.restore')}</Button>}
            {isOnly ? null : <Button icon="trash" kind="quiet" label={t('action.delete')} onClick={onRemove} />}
          </>
        )}
      </div>
    </li>
  );
}
