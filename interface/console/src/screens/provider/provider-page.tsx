// One provider: what to do now, the calls for it, space, stake, rounds of the audit, repairs, and what happened to it.
import { findProvider, type ProviderState, readProvider, readRestored } from '../../api/provider.js';
import type { RoleEvent } from '../../api/role-events.js';
import { useTexts } from '../../components/context.js';
import { Figures } from '../../components/figures.js';
import { Content, Empty } from '../../components/states.js';
import { hrefOf } from '../../router.js';
import { DutyList } from '../operator/duty-list.js';
import { RoleCalls } from '../operator/role-calls.js';
import { RoleEvents } from '../operator/role-events.js';
import { useChain, useLiveChain } from '../use-chain.js';
import { providerCalls } from './provider-calls.js';
import { providerDuties } from './provider-duties.js';
import { Registries } from './registries.js';

export function ProviderPage({ name }: { readonly name: string }) {
  const { t } = useTexts();
  const provider = useLiveChain(name, async (client) => {
    const index = await findProvider(client, name);
    return index === undefined ? undefined : readProvider(client, index);
  });
  return (
    <Content of={provider}>
      {(shown) =>
        shown === undefined ? (
          <Empty icon="search" title={t('provider.none')} text={t('provider.none.text')} />
        ) : (
          <Provider provider={shown} onChanged={provider.reload} />
        )
      }
    </Content>
  );
}

interface ProviderProps {
  readonly provider: ProviderState;
  readonly onChanged: () => void;
}

function Provider({ provider, onChanged }: ProviderProps) {
  const { t, number, bytes, percent, tokens } = useTexts();
  const { index, state, block, declaredBytes, heldBytes, provenBytes, stake, requiredStake, unbonding, debt } =
    provider;
  const share = (part: number) => (declaredBytes === 0 ? '–' : percent(part / declaredBytes));
  return (
    <div className="stack">
      <div className="row">
        <h2>{t('provider.number', { index: number(index) })}</h2>
        <span className={`badge ${state === 'Positive' ? 'good' : 'bad'}`}>{t(`provider.state.${state}`)}</span>
      </div>
      <p className="faint" role="status">
        {t('network.asOf', { block: number(block) })}
      </p>
      <DutyList duties={providerDuties(provider)} />
      <RoleCalls address={provider.address} calls={providerCalls(provider)} onPlaced={onChanged} />
      <Figures
        figures={[
          { label: t('provider.declared'), value: bytes(declaredBytes), hint: t('network.capacity.hint') },
          { label: t('provider.held'), value: bytes(heldBytes), hint: share(heldBytes) },
          {
            label: t('provider.free'),
            value: bytes(Math.max(0, declaredBytes - heldBytes)),
            hint: share(declaredBytes - heldBytes),
          },
          {
            label: t('provider.proven'),
            value: bytes(provenBytes),
            hint: heldBytes === 0 ? '–' : t('provider.proven.hint', { share: percent(provenBytes / heldBytes) }),
          },
          {
            label: t('provider.fragments'),
            value: number(provider.fragments),
            hint: t('provider.tagged', { count: number(provider.tagged) }),
          },
          {
            label: t('provider.stake'),
            value: tokens(stake),
            hint: t('provider.stake.required', { amount: tokens(requiredStake) }),
            ...(stake < requiredStake ? { tone: 'warn' as const } : {}),
          },
          {
            label: t('provider.debt'),
            value: tokens(debt),
            ...(debt > 0n ? { tone: 'bad' as const } : {}),
          },
          { label: t('provider.unbonding'), value: tokens(unbonding), hint: releaseOf(provider, t, number) },
        ]}
      />
      <Registries provider={provider} />
      <Repairs provider={provider} />
      <section className="card facts-card" aria-label={t('operator.about')}>
        <dl className="facts">
          <dt>{t('explorer.account')}</dt>
          <dd>
            <a className="mono break" href={hrefOf(['explorer', 'account', provider.address])}>
              {provider.address}
            </a>
          </dd>
          <dt>{t('provider.beneficiary')}</dt>
          <dd className="mono break">{provider.beneficiary}</dd>
          <dt>{t('operator.endpoint')}</dt>
          <dd className="mono break">{provider.endpoint}</dd>
          <dt>{t('provider.nodeKey')}</dt>
          <dd className="mono break">{provider.nodeKey}</dd>
          <dt>{t('operator.registered')}</dt>
          <dd>{t('explorer.block.title', { number: number(provider.registeredAt) })}</dd>
        </dl>
      </section>
      <RoleEvents id={`provider/${index}`} isOf={(event) => isOfProvider(event, index)} />
    </div>
  );
}

function releaseOf(
  { releases }: ProviderState,
  t: ReturnType<typeof useTexts>['t'],
  number: (value: number) => string,
) {
  return releases === undefined ? '' : t('provider.unbonding.until', { block: number(releases.last) });
}

function isOfProvider({ value }: RoleEvent, index: number): boolean {
  return typeof value === 'object' && value !== null && 'miner' in value && value.miner === index;
}

function Repairs({ provider }: { readonly provider: ProviderState }) {
  const { t, number } = useTexts();
  const { index, fragments, openClaims, claims } = provider;
  const restored = useChain(`restored/${index}/${fragments}`, (client) => readRestored(client, index));
  return (
    <section className="stack tight" aria-label={t('provider.repairs')}>
      <h2>{t('provider.repairs')}</h2>
      <Content of={restored}>
        {({ read, restored: count, isCut }) => (
          <p>
            {t(isCut ? 'provider.restored.cut' : 'provider.restored', { count: number(count), read: number(read) })}
          </p>
        )}
      </Content>
      <p>{openClaims === 0 ? t('provider.claims.none') : t('provider.claims', { count: number(openClaims) })}</p>
      {claims.length === 0 ? null : (
        <div className="scroll-x">
          <table className="table">
            <caption className="visually-hidden">{t('provider.claims.table')}</caption>
            <thead>
              <tr>
                <th>{t('network.file')}</th>
                <th className="number">{t('network.segment')}</th>
                <th className="number">{t('provider.fragment')}</th>
                <th className="number">{t('provider.until')}</th>
              </tr>
            </thead>
            <tbody>
              {claims.map(({ file, segment, fragment, until }) => (
                <tr key={`${file}/${segment}/${fragment}`}>
                  <td>
                    <a className="mono" href={hrefOf(['explorer', 'file', file])}>{`${file.slice(0, 24)}…`}</a>
                  </td>
                  <td className="number">{number(segment + 1)}</td>
                  <td className="number">{number(fragment + 1)}</td>
                  <td className="number">{number(until)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
