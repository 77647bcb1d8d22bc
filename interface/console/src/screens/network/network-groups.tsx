// The nodes of the network by operator, place or network, with their share of the declared space.
import { useState } from 'react';
import {
  concentrationOf,
  groupNodes,
  type NodeGroup,
  networkOf,
  othersOf,
  type PlacedNode,
  roleNames,
} from '../../api/network-groups.js';
import { type PlacedNodes, readNodes } from '../../api/network-nodes.js';
import { useTexts } from '../../components/context.js';
import { Figures } from '../../components/figures.js';
import { Content } from '../../components/states.js';
import { Tabs } from '../../components/tabs.js';
import { useLiveChain } from '../use-chain.js';

/** It reads thousands of entries, and places come from a look-up in the peer-to-peer network. */
const refreshMs = 60_000;
/** Groups with a row of their own. */
const shownGroups = 20;

type Grouping = 'operator' | 'place' | 'network';
const groupings: readonly Grouping[] = ['operator', 'place', 'network'];
const nameOf: Readonly<Record<Grouping, (node: PlacedNode) => string | undefined>> = {
  operator: ({ operator }) => operator,
  place: ({ place }) => place,
  network: ({ endpoint }) => (endpoint === undefined ? undefined : networkOf(endpoint)),
};
const unnamed = {
  operator: 'network.group.noOperator',
  place: 'network.group.noPlace',
  network: 'network.group.noNetwork',
} as const;

export function GroupsSection() {
  const { t } = useTexts();
  const nodes = useLiveChain('nodes', readNodes, refreshMs);
  const [by, setBy] = useState('operator');
  return (
    <section className="stack tight" aria-label={t('network.nodes')}>
      <h2>{t('network.nodes')}</h2>
      <Content of={nodes}>
        {(read) => (
          <Tabs
            label={t('network.nodes.by')}
            selected={by}
            onSelect={setBy}
            tabs={groupings.map((grouping) => ({
              id: grouping,
              label: t(`network.by.${grouping}`),
              content: () => <Groups by={grouping} read={read} />,
            }))}
          />
        )}
      </Content>
    </section>
  );
}

function Groups({ by, read }: { readonly by: Grouping; readonly read: PlacedNodes }) {
  const { t, number, percent } = useTexts();
  const { nodes, placed, arePlacesKnown, isCut } = read;
  const groups = groupNodes(nodes, nameOf[by]);
  const most = concentrationOf(groups);
  const isUnknown = by === 'place' && !arePlacesKnown;
  return (
    <>
      <p className="soft">
        {isUnknown
          ? t('network.by.place.unknown')
          : t(`network.by.${by}.text`, { placed: number(placed), all: number(nodes.length) })}
      </p>
      {isCut ? <p className="notice warn">{t('network.nodes.cut')}</p> : null}
      {most === undefined ? (
        <p>{t('network.noSpace')}</p>
      ) : (
        <Figures
          figures={[
            {
              label: t('network.largest'),
              value: percent(most.largest.share),
              hint: t('network.largest.hint', { name: most.largest.name ?? '' }),
            },
            {
              label: t('network.majority'),
              value: number(most.majority),
              hint: t('network.majority.hint', { groups: number(most.groups) }),
            },
          ]}
        />
      )}
      <GroupTable by={by} groups={groups} />
    </>
  );
}

function GroupTable({ by, groups }: { readonly by: Grouping; readonly groups: readonly NodeGroup[] }) {
  const { t, number, bytes } = useTexts();
  const others = othersOf(groups, shownGroups);
  const rows = groups.slice(0, shownGroups).map((group) => ({ group, name: group.name ?? t(unnamed[by]) }));
  if (others !== undefined)
    rows.push({
      group: others,
      name: t('network.group.others', { count: number(groups.length - shownGroups) }),
    });
  return (
    <div className="scroll-x">
      <table className="table">
        <caption className="visually-hidden">{t(`network.by.${by}`)}</caption>
        <thead>
          <tr>
            <th>{t(`network.group.${by}`)}</th>
            {roleNames.map((role) => (
              <th key={role} className="number">
                {t(`network.group.${role}`)}
              </th>
            ))}
            <th className="number">{t('network.column.declared')}</th>
            <th className="number">{t('network.column.stored')}</th>
            <th>{t('network.group.share')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, group }) => (
            <tr key={name}>
              <th scope="row" className={by === 'operator' ? 'mono break' : 'break'}>
                {name}
              </th>
              {roleNames.map((role) => (
                <td key={role} className="number">
                  {number(group.counts[role])}
                </td>
              ))}
              <td className="number">{bytes(group.declaredBytes)}</td>
              <td className="number">{bytes(group.storedBytes)}</td>
              <td>
                <Share name={name} share={group.share} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Share({ name, share }: { readonly name: string; readonly share: number }) {
  const { t, percent } = useTexts();
  return (
    <span className="share">
      <meter min={0} max={1} value={share} aria-label={t('network.group.share.of', { name, share: percent(share) })} />
      <span aria-hidden="true">{percent(share)}</span>
    </span>
  );
}
