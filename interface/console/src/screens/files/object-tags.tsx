// Tags of an object.
import { useEffect, useState } from 'react';
import { type ObjectName, readTags, type Tag, writeTags } from '../../api/s3.js';
import { Button } from '../../components/button.js';
import { useTexts, useToast } from '../../components/context.js';
import { Content } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';

/** Amazon's limit. */
const maxTags = 10;

export function ObjectTags({ object }: { readonly object: ObjectName }) {
  const stored = useLoad(`${object.bucket}/${object.key}`, () => readTags(object));
  return <Content of={stored}>{(tags) => <TagEditor object={object} stored={tags} />}</Content>;
}

function TagEditor({ object, stored }: { readonly object: ObjectName; readonly stored: readonly Tag[] }) {
  const { t } = useTexts();
  const toast = useToast();
  const [tags, setTags] = useState(stored);
  const action = useAction();
  useEffect(() => setTags(stored), [stored]);
  const change = (index: number, tag: Tag) => setTags(tags.map((one, at) => (at === index ? tag : one)));
  const save = () =>
    action.run(async () => {
      await writeTags(
        object,
        tags.filter(([name]) => name !== ''),
      );
      toast(t('object.tags.saved'));
    });
  return (
    <div className="stack">
      {tags.length === 0 ? <p className="soft">{t('object.tags.none')}</p> : null}
      {tags.map(([name, value], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names change while they are typed
        <div className="row" key={index}>
          <input
            className="input"
            style={{ flex: 1 }}
            aria-label={t('object.tags.name')}
            placeholder={t('object.tags.name')}
            value={name}
            maxLength={128}
            onChange={(event) => change(index, [event.target.value, value])}
          />
          <input
            className="input"
            style={{ flex: 1 }}
            aria-label={t('object.tags.value')}
            placeholder={t('object.tags.value')}
            value={value}
            maxLength={256}
            onChange={(event) => change(index, [name, event.target.value])}
          />
          <Button
            icon="close"
            kind="quiet"
            label={t('action.remove')}
            onClick={() => setTags(tags.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      {action.state.failure === undefined ? null : (
        <p className="notice bad" role="alert">
          {action.state.failure}
        </p>
      )}
      <div className="row">
        <Button icon="plus" disabled={tags.length >= maxTags} onClick={() => setTags([...tags, ['', '']])}>
          {t('action.add')}
        </Button>
        <Button kind="primary" disabled={action.state.isBusy} onClick={save}>
          {t('action.save')}
        </Button>
      </div>
    </div>
  );
}
