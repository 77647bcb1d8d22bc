// Where an object is, and the proof of it. The gateway's own report comes first; the button verifies everything in this browser and says
// in plain words what was verified and what was not.
import { useState } from 'react';
import { sendJson } from '../../api/http.js';
import type { Verification, VerifiedFile, VerifiedSegment } from '../../api/light.js';
import { encodePart, type ObjectFacts, type ObjectName } from '../../api/s3.js';
import { Button } from '../../components/button.js';
import { useSession, useTexts } from '../../components/context.js';
import { Icon } from '../../components/icon.js';
import { Empty } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';

interface ProofProps {
  readonly object: ObjectName;
  readonly facts: ObjectFacts;
}

/** An object of the admin API. */
interface Reported {
  readonly chainBlock?: number;
  readonly files: readonly {
    readonly fileId: string;
    readonly segments: readonly (readonly {
      readonly provider?: number;
      readonly chain?: {
        readonly restored: number;
        readonly taggedAt: number | null;
        readonly provenAt: number | null;
      };
    }[])[];
  }[];
}

export function ObjectProof({ object, facts }: ProofProps) {
  const { t, number } = useTexts();
  const { gateway } = useSession();
  const { bucket, key, versionId } = object;
  const version = versionId === undefined ? '' : `&versionId=${encodePart(versionId)}`;
  const path = `/api/admin/buckets/${encodePart(bucket)}/object?key=${encodePart(key)}${version}`;
  const reported = useLoad(path, () => sendJson<Reported>(path));
  const [verified, setVerified] = useState<Verification>();
  const action = useAction();
  const verify = () =>
    action.run(async () => {
      const { verifyFiles } = await import('../../api/light.js');
      setVerified(await verifyFiles(gateway, facts.fileIds));
    });
  if (facts.fileIds.length === 0) return <Empty icon="shield" title={t('proof.none')} text={t('proof.none.text')} />;
  const files = verified?.files ?? (reported.status === 'ready' ? filesOf(reported.value) : []);
  return (
    <div className="stack">
      <p>{t('proof.text')}</p>
      {gateway.hasChain ? (
        <div className="row">
          <Button icon="shield" kind="primary" disabled={action.state.isBusy} onClick={verify}>
            {t(action.state.isBusy ? 'proof.verifying' : 'proof.verify')}
          </Button>
          {verified === undefined ? <span className="badge">{t('proof.reported')}</span> : null}
        </div>
      ) : (
        <p className="notice">{t('proof.noChain')}</p>
      )}
      {action.state.failure === undefined ? null : (
        <p className="notice bad" role="alert">
          {t('proof.failed', { reason: action.state.failure })}
        </p>
      )}
      {verified === undefined ? null : <Summary verified={verified} />}
      {verified === undefined && reported.status === 'failed' ? <p className="soft">{t('proof.unreported')}</p> : null}
      {files.map((file) => (
        <FragmentsOfFile key={file.fileId} file={file} />
      ))}
      {(verified?.missing.length ?? 0) > 0 ? (
        <p className="notice">{t('proof.missing', { count: number(verified?.missing.length ?? 0) })}</p>
      ) : null}
    </div>
  );
}

/** Where the fragments of a file are. */
export function FragmentsOfFile({ file: { fileId, segments } }: { readonly file: VerifiedFile }) {
  const { t } = useTexts();
  const title = t('proof.file', { id: fileId.slice(0, 16) });
  return (
    <section className="stack tight" aria-label={title}>
      <h3 className="mono break">{title}</h3>
      {segments.map((segment) => (
        <Segment key={segment.index} segment={segment} />
      ))}
    </section>
  );
}

/** What was verified, in plain words. */
export function Summary({ verified }: { readonly verified: Verification }) {
  const { t, number, date } = useTexts();
  const { blockNumber, blockHash, blockTimeMs, validators, provenEntries, files, isRemembered } = verified;
  const segments = files.flatMap((file) => file.segments);
  const weakest = Math.min(...segments.map(({ needed, fragments }) => heldOf(fragments) - needed));
  const all = segments.flatMap(({ fragments }) => fragments);
  const proven = all.flatMap(({ provenAt }) => (provenAt === undefined ? [] : [provenAt]));
  const lines = [
    t('proof.said.final', {
      block: number(blockNumber),
      date: date(blockTimeMs),
      validators: number(validators),
    }),
    t('proof.said.entries', { entries: number(provenEntries) }),
    ...(segments.length === 0
      ? []
      : [
          t(weakest < 0 ? 'proof.said.lost' : 'proof.said.margin', { margin: number(Math.max(0, weakest)) }),
          t('proof.said.proven', { proven: number(proven.length), all: number(all.length) }),
          ...(proven.length === 0 ? [] : [t('proof.said.oldest', { block: number(Math.min(...proven)) })]),
          t('proof.said.repairs', { count: number(all.reduce((sum, { repairs }) => sum + repairs, 0)) }),
        ]),
  ];
  return (
    <section className={`notice ${weakest < 0 ? 'bad' : 'good'}`} role="status">
      <Icon name="shield" />
      <div className="stack tight">
        <h3>{t(weakest < 0 ? 'proof.title.lost' : 'proof.title.good')}</h3>
        <ul>
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <p>{t('proof.said.not')}</p>
        <p>{t(isRemembered ? 'proof.said.remembered' : 'proof.said.first')}</p>
        <p className="mono break">{blockHash}</p>
      </div>
    </section>
  );
}

function Segment({ segment }: { readonly segment: VerifiedSegment }) {
  const { t, number } = useTexts();
  const { index, needed, fragments } = segment;
  const values = {
    index: number(index + 1),
    needed: number(needed),
    held: number(heldOf(fragments)),
    all: number(fragments.length),
  };
  return (
    <div className="stack tight">
      <p>{needed === 0 ? t('proof.segment.reported', values) : t('proof.segment', values)}</p>
      <details>
        <summary>{t('proof.fragments')}</summary>
        <div className="scroll-x">
          <table className="table">
            <thead>
              <tr>
                <th className="number">{t('proof.fragment')}</th>
                <th className="number">{t('proof.provider')}</th>
                <th>{t('proof.state')}</th>
                <th className="number">{t('proof.provenAt')}</th>
                <th className="number">{t('proof.repairs')}</th>
              </tr>
            </thead>
            <tbody>
              {fragments.map((fragment) => (
                <tr key={fragment.index}>
                  <td className="number">{number(fragment.index + 1)}</td>
                  <td className="number">{fragment.provider === undefined ? '' : number(fragment.provider)}</td>
                  <td>
                    <span className={`badge ${badgeOf(fragment)}`}>{t(`proof.state.${stateOf(fragment)}`)}</span>
                  </td>
                  <td className="number">{fragment.provenAt === undefined ? '' : number(fragment.provenAt)}</td>
                  <td className="number">{number(fragment.repairs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </div>
  );
}

type Fragment = VerifiedSegment['fragments'][number];

function stateOf({ provider, taggedAt, provenAt }: Fragment): 'hole' | 'declared' | 'tagged' | 'proven' {
  if (provider === undefined) return 'hole';
  if (taggedAt === undefined) return 'declared';
  return provenAt === undefined ? 'tagged' : 'proven';
}

function badgeOf(fragment: Fragment): string {
  const state = stateOf(fragment);
  return state === 'proven' ? 'good' : state === 'hole' ? 'bad' : '';
}

function heldOf(fragments: readonly Fragment[]): number {
  return fragments.filter(({ provider }) => provider !== undefined).length;
}

/** The gateway's report in the same form; it does not say how many fragments restore a segment. */
function filesOf({ files }: Reported): readonly VerifiedFile[] {
  return files.map(({ fileId, segments }) => ({
    fileId,
    declaredAt: 0,
    segments: segments.map((fragments, index) => ({
      index,
      needed: 0,
      fragments: fragments.map(({ provider, chain }, fragment) => ({
        index: fragment,
        provider,
        taggedAt: chain?.taggedAt ?? undefined,
        provenAt: chain?.provenAt ?? undefined,
        repairs: chain?.restored ?? 0,
      })),
    })),
  }));
}
