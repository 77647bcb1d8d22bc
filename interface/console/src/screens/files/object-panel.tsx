// All about one object, in tabs.
import { useState } from 'react';
import { headObject, type ObjectFacts, objectPath } from '../../api/s3.js';
import { useTexts } from '../../components/context.js';
import { Dialog } from '../../components/dialog.js';
import { Icon } from '../../components/icon.js';
import { Content } from '../../components/states.js';
import { Tabs } from '../../components/tabs.js';
import { useLoad } from '../../components/use-load.js';
import type { TextKey } from '../../i18n/en.js';
import { ObjectClass } from './object-class.js';
import { ObjectPreview } from './object-preview.js';
import { ObjectProof } from './object-proof.js';
import { ObjectShare } from './object-share.js';
import { ObjectTags } from './object-tags.js';
import { ObjectVersions } from './object-versions.js';

interface PanelProps {
  readonly bucket: string;
  readonly objectKey: string;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

export function ObjectPanel({ bucket, objectKey: key, onClose, onChanged }: PanelProps) {
  const { t } = useTexts();
  const [tab, setTab] = useState('preview');
  const facts = useLoad(`${bucket}/${key}`, () => headObject({ bucket, key }));
  const name = key.slice(key.lastIndexOf('/', key.length - 2) + 1);
  const object = { bucket, key };
  const changed = () => {
    facts.reload();
    onChanged();
  };
  return (
    <Dialog title={name} isPanel onClose={onClose}>
      <Content of={facts}>
        {(value) => (
          <>
            <div className="row">
              <a
                className="button primary"
                href={objectPath(object, {
                  'response-content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
                })}
                download={name}
              >
                <Icon name="download" />
                {t('files.download')}
              </a>
              <StatusBadge status={value.status} />
            </div>
            <Tabs
              label={t('files.object', { name })}
              selected={tab}
              onSelect={setTab}
              tabs={[
                {
                  id: 'preview',
                  label: t('object.preview'),
                  content: () => <ObjectPreview object={object} name={name} facts={value} />,
                },
                {
                  id: 'properties',
                  label: t('object.properties'),
                  content: () => (
                    <>
                      <Properties name={key} facts={value} />
                      <ObjectClass object={object} storageClass={value.storageClass} onChanged={changed} />
                    </>
                  ),
                },
                {
                  id: 'versions',
                  label: t('object.versions'),
                  content: () => <ObjectVersions object={object} onChanged={changed} />,
                },
                {
                  id: 'proof',
                  label: t('object.proof'),
                  content: () => <ObjectProof object={object} facts={value} />,
                },
                { id: 'tags', label: t('object.tags'), content: () => <ObjectTags object={object} /> },
                { id: 'share', label: t('object.share'), content: () => <ObjectShare object={object} /> },
              ]}
            />
          </>
        )}
      </Content>
    </Dialog>
  );
}

const statuses = ['stored', 'declared', 'tagged', 'proven', 'lost', 'deleting', 'unrecorded'] as const;

function StatusBadge({ status }: { readonly status: string | undefined }) {
  const { t } = useTexts();
  const known = statuses.find((one) => one === status);
  if (known === undefined) return null;
  const kind = known === 'proven' ? 'good' : known === 'lost' || known === 'unrecorded' ? 'bad' : '';
  return <span className={`badge ${kind}`}>{t(`status.${known}`)}</span>;
}

function Properties({ name, facts }: { readonly name: string; readonly facts: ObjectFacts }) {
  const { t, bytes, number, date } = useTexts();
  const { size, type, modified, etag, storageClass, versionId, encryption, metadata } = facts;
  const shown: readonly (readonly [TextKey, string])[] = [
    ['object.key', name],
    ['object.size', `${bytes(size)} (${number(size)} B)`],
    ['object.type', type],
    ['object.modified', date(modified)],
    ['object.etag', etag],
    ['object.class', storageClass],
    ...(versionId === undefined ? [] : [['object.version', versionId] as const]),
    ...(encryption === undefined ? [] : [['object.encryption', encryption] as const]),
  ];
  return (
    <dl className="facts">
      {shown.map(([label, value]) => (
        <Fact key={label} label={t(label)} value={value} />
      ))}
      {metadata.map(([label, value]) => (
        <Fact key={`meta ${label}`} label={`${t('object.metadata')}: ${label}`} value={value} />
      ))}
    </dl>
  );
}

function Fact({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <>
      <dt className="break">{label}</dt>
      <dd className="break">{value}</dd>
    </>
  );
}
