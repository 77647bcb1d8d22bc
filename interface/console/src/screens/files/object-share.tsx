// Links that whoever has them can open until they expire.
import { useState } from 'react';
import { sendJson } from '../../api/http.js';
import type { ObjectName } from '../../api/s3.js';
import { Button } from '../../components/button.js';
import { useSession, useTexts, useToast } from '../../components/context.js';
import { useAction } from '../../components/use-action.js';

const hour = 3600;
const durations = [hour, 6 * hour, 24 * hour, 3 * 24 * hour, 7 * 24 * hour];

interface Link {
  readonly url: string;
  readonly expiresAt: string;
}

export function ObjectShare({ object }: { readonly object: ObjectName }) {
  const { t, date, language } = useTexts();
  const { isTemporary } = useSession();
  const toast = useToast();
  const [seconds, setSeconds] = useState(hour);
  const [link, setLink] = useState<Link>();
  const action = useAction();
  const create = () =>
    action.run(async () => {
      setLink(await sendJson<Link>('/api/presign', 'POST', { ...object, expiresSeconds: seconds }));
    });
  return (
    <div className="stack">
      <p>{t('object.share.text')}</p>
      {isTemporary ? <p className="notice">{t('object.share.shorter')}</p> : null}
      <label className="field">
        <span>{t('object.share.expires')}</span>
        <select className="input" value={seconds} onChange={(event) => setSeconds(Number(event.target.value))}>
          {durations.map((one) => (
            <option key={one} value={one}>
              {durationText(one, language)}
            </option>
          ))}
        </select>
      </label>
      <Button kind="primary" disabled={action.state.isBusy} onClick={create}>
        {t('object.share.create')}
      </Button>
      {action.state.failure === undefined ? null : (
        <p className="notice bad" role="alert">
          {action.state.failure}
        </p>
      )}
      {link === undefined ? null : (
        <div className="stack tight">
          <label className="field">
            <span>{t('object.share.link', { date: date(link.expiresAt) })}</span>
            <textarea className="input" rows={4} readOnly value={link.url} />
          </label>
          <Button
            icon="copy"
            onClick={() => void navigator.clipboard.writeText(link.url).then(() => toast(t('action.copied')))}
          >
            {t('action.copy')}
          </Button>
        </div>
      )}
    </div>
  );
}

function durationText(seconds: number, language: string): string {
  const [count, unit] = seconds < 24 * hour ? [seconds / hour, 'hour'] : [seconds / (24 * hour), 'day'];
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}
