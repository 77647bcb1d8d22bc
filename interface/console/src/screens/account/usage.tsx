// What the account may store, and what its buckets hold now. Counting reads every version of a bucket, so buckets are counted one after
// another, and each shows its numbers when they are there.
import { useEffect, useState } from 'react';
import { readAccount } from '../../api/admin.js';
import { type BucketSettings, type BucketUsage, countBucket, readBuckets } from '../../api/buckets.js';
import { useTexts } from '../../components/context.js';
import { Figures } from '../../components/figures.js';
import { Content, Empty, reasonOf } from '../../components/states.js';
import { useLoad } from '../../components/use-load.js';
import { hrefOf } from '../../router.js';
import { UsageHistory } from './usage-history.js';

export function Usage() {
  const { t, bytes } = useTexts();
  const account = useLoad('account', readAccount);
  const buckets = useLoad('buckets of the account', readBuckets);
  return (
    <section className="stack" aria-label={t('account.usage')}>
      <Content of={account}>
        {({ availableBytes, territory }) => (
          <Figures
            figures={[
              {
                label: t('account.available'),
                value: bytes(availableBytes),
                hint: t('usage.available.hint', { territory }),
              },
            ]}
          />
        )}
      </Content>
      <UsageHistory />
      <Content of={buckets}>
        {(list) =>
          list.length === 0 ? (
            <Empty icon="bucket" title={t('files.empty')} text={t('files.empty.text')} />
          ) : (
            <BucketTable buckets={list} />
          )
        }
      </Content>
    </section>
  );
}

type Counted = BucketUsage | { readonly failure: string };

function BucketTable({ buckets }: { readonly buckets: readonly BucketSettings[] }) {
  const texts = useTexts();
  const { t, bytes, number } = texts;
  const counted = useCounts(buckets);
  const known = [...counted.values()].flatMap((usage) => ('failure' in usage ? [] : [usage]));
  const sum = (of: (usage: BucketUsage) => number) => known.reduce((total, usage) => total + of(usage), 0);
  return (
    <>
      <p className="soft" role="status">
        {counted.size < buckets.length
          ? t('usage.counting', { done: number(counted.size), all: number(buckets.length) })
          : t('usage.text')}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard */}
      <div className="scroll-x" tabIndex={0}>
        <table className="table">
          <thead>
            <tr>
              <th>{t('usage.bucket')}</th>
              <th>{t('class.default')}</th>
              <th className="number">{t('usage.objects')}</th>
              <th className="number">{t('usage.versions')}</th>
              <th className="number">{t('usage.bytes')}</th>
            </tr>
          </thead>
          <tbody>
            {buckets.map(({ name, defaultStorageClass = 'STANDARD' }) => (
              <tr key={name}>
                <td className="break">
                  <a href={hrefOf(['files', name])}>{name}</a>
                </td>
                <td>{defaultStorageClass}</td>
                <Counts usage={counted.get(name)} />
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th colSpan={2}>{t('usage.all')}</th>
              <td className="number">{number(sum(({ objects }) => objects))}</td>
              <td className="number">{number(sum(({ versions }) => versions))}</td>
              <td className="number">{bytes(sum(({ bytes: size }) => size))}</td>
            </tr>
          </tfoot>
        </table>
      </div>
    </>
  );
}

function Counts({ usage }: { readonly usage: Counted | undefined }) {
  const { t, bytes, number } = useTexts();
  if (usage === undefined) return <td colSpan={3}>…</td>;
  if ('failure' in usage) return <td colSpan={3}>{usage.failure}</td>;
  const shown = (text: string) => (usage.isCut ? t('network.more', { count: text }) : text);
  return (
    <>
      <td className="number">{shown(number(usage.objects))}</td>
      <td className="number">{shown(number(usage.versions))}</td>
      <td className="number">{shown(bytes(usage.bytes))}</td>
    </>
  );
}

function useCounts(buckets: readonly BucketSettings[]): ReadonlyMap<string, Counted> {
  const texts = useTexts();
  const [counted, setCounted] = useState<ReadonlyMap<string, Counted>>(new Map());
  useEffect(() => {
    let isCurrent = true;
    setCounted(new Map());
    const count = async () => {
      for (const { name } of buckets) {
        const usage = await countBucket(name).catch((error: unknown) => ({ failure: reasonOf(error, texts) }));
        if (!isCurrent) return;
        setCounted((before) => new Map(before).set(name, usage));
      }
    };
    void count();
    return () => {
      isCurrent = false;
    };
  }, [buckets, texts]);
  return counted;
}
