// What a screen shows instead of content: nothing yet, loading, a failure, no permission.
import type { ReactNode } from 'react';
import { ApiError } from '../api/http.js';
import type { Texts } from '../i18n/texts.js';
import { Button } from './button.js';
import { useTexts } from './context.js';
import { Icon, type IconName } from './icon.js';
import type { Loaded } from './use-load.js';

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly text?: string;
  readonly children?: ReactNode;
}

export function Empty({ icon, title, text, children }: EmptyProps) {
  return (
    <div className="state">
      <Icon name={icon} />
      <h2>{title}</h2>
      {text === undefined ? null : <p>{text}</p>}
      {children}
    </div>
  );
}

export function Loading() {
  const { t } = useTexts();
  return (
    <div className="state" role="status">
      <span className="spinner" />
      <p>{t('state.loading')}</p>
    </div>
  );
}

export function Failure({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const texts = useTexts();
  const { t } = texts;
  if (isDenied(error)) return <Empty icon="lock" title={t('state.denied')} text={t('state.denied.text')} />;
  return (
    <div role="alert">
      <Empty icon="warning" title={t('state.error')} text={reasonOf(error, texts)}>
        {onRetry === undefined ? null : <Button onClick={onRetry}>{t('action.retry')}</Button>}
      </Empty>
    </div>
  );
}

/** The content when it is there, else what stands in its place. */
export function Content<T>({ of, children }: { readonly of: Loaded<T>; readonly children: (value: T) => ReactNode }) {
  if (of.status === 'loading') return <Loading />;
  if (of.status === 'failed') return <Failure error={of.error} onRetry={of.reload} />;
  return children(of.value);
}

/** A failure in words. */
export function reasonOf(error: unknown, { t }: Texts): string {
  if (error instanceof ApiError && error.code === 'Offline') return t('error.offline');
  if (isDenied(error)) return t('error.denied');
  return error instanceof Error ? error.message : String(error);
}

function isDenied(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}
