// The audit of a provider: what it has tagged under each key, the round that runs, and how the last ones ended.
import type { ProviderState, ShownRegistry } from '../../api/provider.js';
import { useTexts } from '../../components/context.js';
import { hrefOf } from '../../router.js';

export function Registries({ provider }: { readonly provider: ProviderState }) {
  const { t, number } = useTexts();
  const { registries, cycleBlocks } = provider;
  return (
    <section className="stack tight" aria-label={t('provider.audit')}>
      <h2>{t('provider.audit')}</h2>
      <p className="soft">{t('provider.audit.text', { blocks: number(cycleBlocks) })}</p>
      {registries.length === 0 ? <p>{t('provider.audit.none')}</p> : null}
      <ul className="stack tight plain">
        {registries.map((registry) => (
          <li key={registry.keyId} className="card entry">
            <Registry registry={registry} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Registry({ registry }: { readonly registry: ShownRegistry }) {
  const { t, number, bytes } = useTexts();
  const { keyId, worker, fragments, rounds, passedAt, strikes, openSince } = registry;
  return (
    <dl className="facts">
      <dt>{t('provider.registry.key')}</dt>
      <dd>
        <span className="mono break">{keyId}</span>
        {worker === undefined ? null : (
          <>
            {' '}
            <a href={hrefOf(['tee', String(worker)])}>{t('tee.number', { index: number(worker) })}</a>
          </>
        )}
      </dd>
      <dt>{t('provider.registry.holds')}</dt>
      <dd>
        {t('provider.registry.bytes', {
          fragments: number(fragments),
          bytes: bytes(registry.bytes),
          proven: bytes(registry.provenBytes),
        })}
      </dd>
      <dt>{t('provider.registry.round')}</dt>
      <dd>
        <RoundState registry={registry} />
      </dd>
      <dt>{t('provider.registry.rounds')}</dt>
      <dd>{number(rounds)}</dd>
      <dt>{t('provider.registry.passed')}</dt>
      <dd>
        {passedAt === undefined
          ? t('provider.registry.never')
          : t('provider.registry.passedAt', { block: number(passedAt) })}
      </dd>
      <dt>{t('provider.registry.strikes')}</dt>
      <dd>
        <span className={strikes > 0 ? 'badge bad' : ''}>{number(strikes)}</span>
      </dd>
      {openSince === undefined ? null : (
        <>
          <dt>{t('provider.registry.open')}</dt>
          <dd>{t('explorer.block.title', { number: number(openSince) })}</dd>
        </>
      )}
    </dl>
  );
}

function RoundState({ registry: { round } }: { readonly registry: ShownRegistry }) {
  const { t, number } = useTexts();
  if (round === undefined) return t('provider.round.none');
  const values = { round: number(round.number), block: number(round.until) };
  if (round.stage === 'Open') return t('provider.round.open', values);
  if (round.stage === 'Judged') {
    return (
      <span className={round.passed ? '' : 'badge bad'}>
        {t(round.passed ? 'provider.round.passed' : 'provider.round.failed', {
          ...values,
          worker: number(round.worker),
        })}
      </span>
    );
  }
  return round.worker === undefined
    ? t('provider.round.unassigned', values)
    : t('provider.round.answered', { ...values, worker: number(round.worker) });
}
