// Buckets as the admin API shows them: their settings, and what they hold.
import { sendJson } from './http.js';
import { encodePart } from './s3.js';

export interface BucketSettings {
  readonly name: string;
  /** Absent: STANDARD. */
  readonly defaultStorageClass?: string;
}

export interface BucketUsage {
  /** Current objects. */
  readonly objects: number;
  readonly versions: number;
  /** Sum of the sizes of all versions. */
  readonly bytes: number;
  /** There is more that was not counted. */
  readonly isCut: boolean;
}

/** Pages of what is counted or listed for a screen: 10,000 versions, 1,000 buckets each. */
const maxPages = 100;

export async function readBuckets(): Promise<readonly BucketSettings[]> {
  const found: BucketSettings[] = [];
  let after: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const query = new URLSearchParams({ limit: '1000', ...(after === undefined ? {} : { after }) });
    const { buckets, next } = await sendJson<{ readonly buckets: readonly BucketSettings[]; readonly next?: string }>(
      `/api/admin/buckets?${query}`,
    );
    found.push(...buckets);
    after = next;
    if (after === undefined) break;
  }
  return found;
}

export function readBucket(name: string): Promise<BucketSettings> {
  return sendJson(`/api/admin/buckets/${encodePart(name)}`);
}

/** Of objects for which a write states none; those that exist keep theirs. */
export function setDefaultClass(name: string, storageClass: string): Promise<BucketSettings> {
  return sendJson(`/api/admin/buckets/${encodePart(name)}/storage-class`, 'POST', { storageClass });
}

export async function countBucket(name: string): Promise<BucketUsage> {
  let sum = { objects: 0, versions: 0, bytes: 0 };
  let after: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const query = after === undefined ? '' : `?${new URLSearchParams({ after })}`;
    const answer = await sendJson<Omit<BucketUsage, 'isCut'> & { readonly next?: string }>(
      `/api/admin/buckets/${encodePart(name)}/usage${query}`,
    );
    sum = {
      objects: sum.objects + answer.objects,
      versions: sum.versions + answer.versions,
      bytes: sum.bytes + answer.bytes,
    };
    after = answer.next;
    if (after === undefined) break;
  }
  return { ...sum, isCut: after !== undefined };
}
