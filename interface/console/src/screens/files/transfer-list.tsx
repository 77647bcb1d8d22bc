// Uploads of this page, and those that a closed page left: progress, pause, resume, cancel, retry.
import { useRef } from 'react';
import { type ShownTransfer, transfers, useTransfers } from '../../api/transfers.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import type { Texts } from '../../i18n/texts.js';

export function TransferList() {
  const { t, number } = useTexts();
  const all = useTransfers();
  if (all.length === 0) return null;
  const active = all.filter(({ state }) => state === 'running' || state === 'queued').length;
  return (
    <section className="card transfers" aria-label={t('upload.title')}>
      <header className="row between">
        <h2>{t('upload.title')}</h2>
        <div className="row">
          {active === 0 ? null : <span className="badge good">{t('upload.active', { count: number(active) })}</span>}
          <Button kind="quiet" onClick={() => transfers.clearFinished()}>
            {t('upload.clear')}
          </Button>
        </div>
      </header>
      <ul>
        {all.map((one) => (
          <TransferRow key={one.id} transfer={one} />
        ))}
      </ul>
    </section>
  );
}

function TransferRow({ transfer }: { readonly transfer: ShownTransfer }) {
  const texts = useTexts();
  const { t } = texts;
  const { id, name, state, sentBytes, totalBytes, isForgotten = false } = transfer;
  const isOpen = state === 'running' || state === 'queued' || state === 'paused' || state === 'failed';
  const isInterrupted = state === 'interrupted';
  return (
    <li>
      <div className="row between">
        <span className="break">{name}</span>
        <span className="row">
          {state === 'running' || state === 'queued' ? (
            <Button icon="pause" kind="quiet" label={t('upload.pause', { name })} onClick={() => transfers.pause(id)} />
          ) : null}
          {state === 'paused' ? (
            <Button
              icon="play"
              kind="quiet"
              label={t('upload.resume', { name })}
              onClick={() => transfers.resume(id)}
            />
          ) : null}
          {state === 'failed' ? (
            <Button
              icon="refresh"
              kind="quiet"
              label={t('upload.retry', { name })}
              onClick={() => transfers.resume(id)}
            />
          ) : null}
          {isInterrupted ? <GoOnButton transfer={transfer} /> : null}
          {isOpen || isInterrupted ? (
            <Button
              icon="close"
              kind="quiet"
              label={t('upload.cancel', { name })}
              onClick={() => transfers.cancel(id)}
            />
          ) : null}
        </span>
      </div>
      {isOpen ? <progress value={sentBytes} max={Math.max(1, totalBytes)} aria-label={name} /> : null}
      <span className="faint">{statusOf(transfer, texts)}</span>
      {isOpen && isForgotten ? <span className="faint">{t('upload.notRemembered')}</span> : null}
    </li>
  );
}

function GoOnButton({ transfer: { id, name } }: { readonly transfer: ShownTransfer }) {
  const { t } = useTexts();
  const input = useRef<HTMLInputElement>(null);
  const label = t('upload.chooseAgain', { name });
  return (
    <>
      <Button icon="upload" kind="quiet" label={label} onClick={() => input.current?.click()} />
      <input
        ref={input}
        type="file"
        hidden
        aria-label={label}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file !== undefined) transfers.goOn(id, file);
          event.target.value = '';
        }}
      />
    </>
  );
}

function statusOf(transfer: ShownTransfer, texts: Texts): string {
  const { t, bytes } = texts;
  const { state, sentBytes, totalBytes, bytesPerSecond, failure, isOtherFile = false } = transfer;
  const progress = t('upload.progress', { done: bytes(sentBytes), total: bytes(totalBytes) });
  switch (state) {
    case 'done':
      return `${t('upload.done')} · ${bytes(totalBytes)}`;
    case 'failed':
      return t('upload.failed', { reason: failure ?? '' });
    case 'cancelled':
      return t('upload.cancelled');
    case 'paused':
      return `${t('upload.paused')} · ${progress}`;
    case 'queued':
      return t('upload.queued');
    case 'interrupted':
      if (failure !== undefined) return t('upload.failed', { reason: failure });
      return `${t(isOtherFile ? 'upload.otherFile' : 'upload.interrupted')} · ${bytes(totalBytes)}`;
    case 'running':
      return bytesPerSecond > 0 ? `${progress} · ${t('upload.rate', { rate: bytes(bytesPerSecond) })}` : progress;
  }
}
