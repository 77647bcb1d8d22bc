// cess bucket list|show|usage|object|rotate-key|storage-class|delete: buckets of the account at the gateway.
import { formatBytes } from '@cess/primitives';
import { z } from 'zod';
import { AdminClient } from '../admin-client.js';
import type { CliContext } from '../context.js';
import { fields, note, print, table } from '../output.js';
import { readGatewayCredentials } from '../signed-request.js';

export interface BucketContext {
  readonly admin: AdminClient;
  readonly json: boolean;
}

const bucketSchema = z.object({
  name: z.string(),
  region: z.string(),
  territory: z.string(),
  createdAt: z.string(),
  versioning: z.string(),
  configurations: z.array(z.string()),
  defaultStorageClass: z.string().optional(),
  keyRotation: z
    .object({
      state: z.string(),
      startedAt: z.string(),
      finishedAt: z.string().optional(),
      rewrappedKeys: z.number(),
      checkedFiles: z.number(),
    })
    .optional(),
});
const bucketPageSchema = z.object({ buckets: z.array(bucketSchema), next: z.string().optional() });
const usageSchema = z.object({
  objects: z.number(),
  versions: z.number(),
  deleteMarkers: z.number(),
  bytes: z.number(),
  next: z.string().optional(),
});
const accountUsageSchema = z.object({
  period: z.string(),
  interval: z.string(),
  nextSampleAt: z.string(),
  samples: z.array(
    z.object({
      time: z.string(),
      objects: z.number(),
      versions: z.number(),
      bytes: z.number(),
      requests: z.number(),
      receivedBytes: z.number(),
      sentBytes: z.number(),
    }),
  ),
});
const fragmentOnChainSchema = z.object({
  provider: z.number().nullable(),
  since: z.number(),
  restored: z.number(),
  taggedAt: z.number().nullable(),
  provenAt: z.number().nullable(),
  restoral: z.object({ reason: z.string(), openedAt: z.number(), claimedBy: z.number().nullable() }).nullable(),
});
const objectSchema = z.object({
  chainBlock: z.number().optional(),
  size: z.number(),
  lastModified: z.string(),
  status: z.string(),
  hasMoreFiles: z.boolean(),
  files: z.array(
    z.object({
      fileId: z.string(),
      state: z.string(),
      storedBytes: z.number(),
      segments: z.array(
        z.array(
          z.object({
            provider: z.number().optional(),
            attested: z.boolean(),
            root: z.string(),
            chain: fragmentOnChainSchema.optional(),
          }),
        ),
      ),
    }),
  ),
});

/** `file` holds credentials as the home folder has them; default: those of the home. */
export function bucketContext(context: CliContext, file: string | undefined): BucketContext {
  return { admin: new AdminClient(readGatewayCredentials(context.home, file)), json: context.json };
}

export async function listBuckets({ admin, json }: BucketContext): Promise<void> {
  const buckets: z.infer<typeof bucketSchema>[] = [];
  let after: string | undefined;
  do {
    const page = await admin.call('/buckets', bucketPageSchema, { query: { limit: '1000', after } });
    buckets.push(...page.buckets);
    after = page.next;
  } while (after !== undefined);
  if (json) return print(JSON.stringify(buckets, null, 2));
  print(
    table(buckets.map(({ name, territory, createdAt, versioning }) => ({ name, territory, createdAt, versioning }))),
  );
}

export async function showBucket({ admin, json }: BucketContext, name: string): Promise<void> {
  const bucket = await admin.call(pathOf(name), bucketSchema);
  if (json) return print(JSON.stringify(bucket, null, 2));
  const { keyRotation, defaultStorageClass = 'STANDARD', ...shown } = bucket;
  print(
    fields({
      ...shown,
      configurations: bucket.configurations.join(', ') || null,
      'default storage class': defaultStorageClass,
      'key rotation': keyRotation === undefined ? null : rotationText(keyRotation),
    }),
  );
}

/** Returns when the bucket has its new key; the stream keys of its files move to it in the background. */
export async function rotateBucketKey({ admin, json }: BucketContext, name: string): Promise<void> {
  const bucket = await admin.call(`${pathOf(name)}/rotate-key`, bucketSchema, { method: 'POST' });
  if (json) return print(JSON.stringify(bucket, null, 2));
  print(`The bucket ${name} has a new key. \`cess bucket show ${name}\` shows when the old one is removed.`);
}

/** Objects that exist keep their class. */
export async function setStorageClass(
  { admin, json }: BucketContext,
  name: string,
  storageClass: string | undefined,
): Promise<void> {
  const body = { storageClass: storageClass ?? null };
  const bucket = await admin.call(`${pathOf(name)}/storage-class`, bucketSchema, { method: 'POST', body });
  if (json) return print(JSON.stringify(bucket, null, 2));
  print(
    `New objects of the bucket ${name} are ${bucket.defaultStorageClass ?? 'STANDARD'} unless a write states a class.`,
  );
}

function rotationText(rotation: NonNullable<z.infer<typeof bucketSchema>['keyRotation']>): string {
  const { finishedAt, startedAt, rewrappedKeys, checkedFiles } = rotation;
  return finishedAt === undefined
    ? `running since ${startedAt}: ${rewrappedKeys} keys moved, ${checkedFiles} files checked in this pass`
    : `finished at ${finishedAt}: ${rewrappedKeys} keys moved`;
}

/** Adds up the pages. Objects that are written meanwhile may be counted or not. */
export async function showBucketUsage({ admin, json }: BucketContext, name: string): Promise<void> {
  const sum = { objects: 0, versions: 0, deleteMarkers: 0, bytes: 0 };
  let after: string | undefined;
  do {
    const page = await admin.call(`${pathOf(name)}/usage`, usageSchema, { query: { after } });
    sum.objects += page.objects;
    sum.versions += page.versions;
    sum.deleteMarkers += page.deleteMarkers;
    sum.bytes += page.bytes;
    after = page.next;
  } while (after !== undefined);
  if (json) return print(JSON.stringify(sum, null, 2));
  print(fields({ ...sum, bytes: formatBytes(sum.bytes) }));
}

/** What the account stored over time. Default: of the last month. */
export async function showAccountUsage({ admin, json }: BucketContext, period = 'month'): Promise<void> {
  const usage = await admin.call('/account/usage', accountUsageSchema, { query: { period } });
  if (json) return print(JSON.stringify(usage, null, 2));
  const rows = usage.samples.map(({ bytes, receivedBytes, sentBytes, requests, ...sample }) => ({
    ...sample,
    size: formatBytes(bytes),
    requests,
    received: formatBytes(receivedBytes),
    sent: formatBytes(sentBytes),
  }));
  print(table(rows));
  note(`The gateway takes the next sample at ${usage.nextSampleAt}.`);
}

export interface ShowObjectOptions {
  readonly versionId?: string;
}

export async function showObject(
  { admin, json }: BucketContext,
  name: string,
  key: string,
  { versionId }: ShowObjectOptions,
): Promise<void> {
  const object = await admin.call(`${pathOf(name)}/object`, objectSchema, { query: { key, versionId } });
  if (json) return print(JSON.stringify(object, null, 2));
  const { size, lastModified, status, files, hasMoreFiles, chainBlock } = object;
  const block = chainBlock ?? 'the chain did not answer';
  print(fields({ size: formatBytes(size), 'last modified': lastModified, status, 'at finalized block': block }));
  const rows = files.flatMap(({ fileId, state, segments }) =>
    segments.map((fragments, segment) => ({
      file: fileId.slice(0, 16),
      state,
      segment,
      fragments: fragments.length,
      holders: fragments.filter(({ provider }) => provider !== undefined).length,
      attested: fragments.filter(({ attested }) => attested).length,
      tagged: fragments.filter(({ chain }) => typeof chain?.taggedAt === 'number').length,
      proven: fragments.filter(({ chain }) => typeof chain?.provenAt === 'number').length,
      'being restored': fragments.filter(({ chain }) => chain?.restoral != null).length,
      restored: fragments.reduce((sum, { chain }) => sum + (chain?.restored ?? 0), 0),
    })),
  );
  print(table(rows));
  if (hasMoreFiles) print('The object has more files.');
}

export async function deleteBucket({ admin, json }: BucketContext, name: string): Promise<void> {
  await admin.call(pathOf(name), z.undefined(), { method: 'DELETE' });
  print(json ? JSON.stringify({ deleted: name }) : `The bucket ${name} is deleted.`);
}

function pathOf(name: string): string {
  return `/buckets/${encodeURIComponent(name)}`;
}
