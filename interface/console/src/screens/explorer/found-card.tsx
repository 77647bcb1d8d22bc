// What a search found that is no block: an account, or a file.
import type { Found } from '../../api/chain.js';
import { useTexts } from '../../components/context.js';
import { PlainData } from './plain-data.js';

/** Decimal places of the token. */
const decimals = 18;

export function FoundCard({ found }: { readonly found: Exclude<Found, { kind: 'block' }> }) {
  const { t, number } = useTexts();
  if (found.kind === 'file')
    return (
      <section className="card facts-card" aria-label={t('explorer.file')}>
        <h2>{t('explorer.file')}</h2>
        <dl className="facts">
          <dt>{t('explorer.fileId')}</dt>
          <dd className="mono break">{found.fileId}</dd>
          <dt>{t('account.owner')}</dt>
          <dd className="mono break">{found.owner}</dd>
        </dl>
        <PlainData data={found.info} label={t('explorer.record')} />
      </section>
    );
  const { address, free, reserved, nonce } = found.account;
  return (
    <section className="card facts-card" aria-label={t('explorer.account')}>
      <h2>{t('explorer.account')}</h2>
      <dl className="facts">
        <dt>{t('explorer.address')}</dt>
        <dd className="mono break">{address}</dd>
        <dt>{t('explorer.free')}</dt>
        <dd>{amountText(free)}</dd>
        <dt>{t('explorer.reserved')}</dt>
        <dd>{amountText(reserved)}</dd>
        <dt>{t('explorer.nonce')}</dt>
        <dd>{number(nonce)}</dd>
      </dl>
    </section>
  );
}

/** An amount of the smallest unit in whole tokens, exact. */
function amountText(smallest: string): string {
  const padded = smallest.padStart(decimals + 1, '0');
  const fraction = padded.slice(-decimals).replace(/0+$/, '');
  return `${padded.slice(0, -decimals)}${fraction === '' ? '' : `.${fraction}`} CESS`;
}
