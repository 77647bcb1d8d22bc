// The versions of a bucket in the order of its listing, each with its place among the versions of its key.
import type { ListedVersion, ObjectIndex, ObjectRecord, VersionId } from '@cess/object-index';
import { parseVersionId } from '@cess/object-index';

export interface SeenVersion {
  readonly key: string;
  readonly versionId: VersionId;
  readonly version: ObjectRecord;
  /** When the next version took its place, and how many noncurrent versions are newer; none for the newest. */
  readonly noncurrent: { readonly sinceMs: number; readonly newerNoncurrentVersions: number } | undefined;
  readonly isOnlyVersion: boolean;
}

const pageSize = 250;

/** Pages of the versions behind the key `after`. Nothing of the index stays open between two pages. */
export async function* seenVersions(
  index: Pick<ObjectIndex, 'listVersions'>,
  bucket: string,
  after: string | undefined,
): AsyncGenerator<readonly SeenVersion[]> {
  let from: { readonly after?: string | undefined; readonly afterVersion?: VersionId | undefined } = { after };
  /** The version read last: whether it is the only one of its key, the next one tells. */
  let held: SeenVersion | undefined;
  for (;;) {
    const page = await index.listVersions(bucket, { prefix: '', delimiter: '', limit: pageSize, ...from });
    const seen: SeenVersion[] = [];
    for (const item of page.items) {
      if (item.type !== 'entry') continue;
      const next = placed(item.name, item.value, held);
      if (held !== undefined) seen.push(held.key === next.key ? { ...held, isOnlyVersion: false } : held);
      held = next;
      from = { after: item.name, afterVersion: next.versionId };
    }
    if (!page.truncated && held !== undefined) seen.push(held);
    yield seen;
    if (!page.truncated) return;
  }
}

function placed(key: string, { versionId, version }: ListedVersion, newer: SeenVersion | undefined): SeenVersion {
  const id = parseVersionId(versionId) ?? 'null';
  if (newer?.key !== key) return { key, versionId: id, version, noncurrent: undefined, isOnlyVersion: true };
  const count = newer.noncurrent === undefined ? 0 : newer.noncurrent.newerNoncurrentVersions + 1;
  const noncurrent = { sinceMs: newer.version.lastModifiedMs, newerNoncurrentVersions: count };
  return { key, versionId: id, version, noncurrent, isOnlyVersion: false };
}
