// How many fragments files can lose before they are lost, and the restoral orders that are open.
import { type NetworkMargins, type OpenOrders, readMargins } from '../../api/network-margins.js';
import { useTexts } from '../../components/context.js';
import { Content } from '../../components/states.js';
import { useLiveChain } from '../use-chain.js';

/** It reads thousands of entries. */
const refreshMs = 60_000;

export function MarginsSection() {
  const { t } = useTexts();
  const margins = useLiveChain('margins', readMargins, refreshMs);
  return (
    <section className="stack tight" aria-label={t('network.protection')}>
      <h2>{t('network.protection')}</h2>
      <Content of={margins}>{(read) => <Margins read={read} />}</Content>
    </section>
  );
}

function Margins({ read }: { readonly read: NetworkMargins }) {
  const { t, number, percent } = useTexts();
  const { block, margins, segments, files, isCut, orders } = read;
  if (segments === 0) return <p>{t('network.protection.none')}</p>;
  const values = { files: number(files), segments: number(segments), block: number(block) };
  return (
    <>
      <p className="soft">{t(isCut ? 'network.protection.cut' : 'network.protection.text', values)}</p>
      <div className="scroll-x">
        <table className="table">
          <caption className="visually-hidden">{t('network.protection')}</caption>
          <thead>
            <tr>
              <th className="number">{t('network.margin.column')}</th>
              <th className="number">{t('network.files')}</th>
              <th className="number">{t('network.segments.column')}</th>
              <th>{t('network.files.share')}</th>
            </tr>
          </thead>
          <tbody>
            {margins.map((each) => {
              const share = each.files / files;
              const name = { margin: number(each.margin), share: percent(share) };
              return (
                <tr key={each.margin}>
                  <th scope="row" className="number">
                    {number(each.margin)}
                  </th>
                  <td className="number">{number(each.files)}</td>
                  <td className="number">{number(each.segments)}</td>
                  <td>
                    <span className="share">
                      <meter min={0} max={1} value={share} aria-label={t('network.files.share.of', name)} />
                      <span aria-hidden="true">{percent(share)}</span>
                    </span>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p>
        <OpenOrdersText orders={orders} />
      </p>
    </>
  );
}

function OpenOrdersText({ orders: { count, oldest, isCut } }: { readonly orders: OpenOrders }) {
  const { t, number } = useTexts();
  if (oldest === undefined) return t('network.orders.none');
  return t(isCut ? 'network.orders.cut' : 'network.orders', { count: number(count), blocks: number(oldest) });
}
