// Buckets of the caller's account: list, summary, usage, deletion.
import {
  type BucketRecord,
  type KeyRotation,
  keyRotationConfiguration,
  keyRotationOf,
  parseVersionId,
} from '@cess/object-index';
import { equalBytes, fromUtf8 } from '@cess/primitives';
import { defaultStorageClass } from '../classes/default-class.js';
import { removeConfiguration, replaceConfiguration } from '../s3/configurations/configuration.js';
import { isStorageClass } from '../storage-classes.js';
import { countVersions } from '../usage/count-versions.js';
import type { AdminCall, AdminRoute, Schema } from './admin-route.js';
import { afterParameter, bucketParameter, integerOf, limitParameter, textOf } from './parameters.js';
import { AdminProblem } from './problem.js';

const bucketSchema: Schema = {
  type: 'object',
  required: ['name', 'region', 'territory', 'createdAt', 'versioning', 'configurations'],
  properties: {
    name: { type: 'string' },
    region: { type: 'string' },
    territory: { type: 'string' },
    createdAt: { type: 'string', format: 'date-time' },
    versioning: { enum: ['never', 'enabled', 'suspended'] },
    configurations: { type: 'array', items: { type: 'string' }, description: 'Names of the settings that it has' },
    defaultStorageClass: { type: 'string', description: 'Of objects for which a write states none; absent: STANDARD' },
    keyRotation: {
      type: 'object',
      description: 'The newest rotation of its key; absent if it never had one',
      required: ['state', 'startedAt', 'rewrappedKeys', 'checkedFiles'],
      properties: {
        state: { enum: ['running', 'finished'] },
        startedAt: { type: 'string', format: 'date-time' },
        finishedAt: { type: 'string', format: 'date-time' },
        rewrappedKeys: { type: 'integer', description: 'Stream keys moved to the new key' },
        checkedFiles: { type: 'integer', description: 'Files of the gateway that the pass under way has checked' },
      },
    },
  },
};
const usageSchema: Schema = {
  type: 'object',
  required: ['objects', 'versions', 'deleteMarkers', 'bytes'],
  properties: {
    objects: { type: 'integer', description: 'Current objects of this page' },
    versions: { type: 'integer', description: 'All versions of this page' },
    deleteMarkers: { type: 'integer' },
    bytes: { type: 'integer', description: 'Sum of the sizes of all versions of this page' },
    next: { type: 'string', description: 'Absent on the last page' },
  },
};
const bucketsPage = limitParameter(1_000, 100);
const versionsPage = limitParameter(10_000, 10_000);
const arnOf = (params: Readonly<Record<string, string>>) => `arn:aws:s3:::${params['bucket'] ?? ''}`;

export const bucketRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/buckets',
    operationId: 'listBuckets',
    summary: 'The buckets of the account, by name',
    parameters: [bucketsPage, afterParameter],
    action: 'cess:ListBuckets',
    schema: {
      type: 'object',
      required: ['buckets'],
      properties: { buckets: { type: 'array', items: bucketSchema }, next: { type: 'string' } },
    },
    async handle(call) {
      const { services, caller, params } = call;
      const limit = integerOf(call, bucketsPage);
      const shown: { readonly name: string; readonly bucket: BucketRecord }[] = [];
      for await (const entry of services.index.buckets(params['after'])) {
        if (equalBytes(entry.bucket.owner, caller.account.owner)) shown.push(entry);
        if (shown.length > limit) break;
      }
      const page = shown.slice(0, limit);
      const next = shown.length > limit ? page.at(-1)?.name : undefined;
      return { buckets: page.map(({ name, bucket }) => shownBucket(call, name, bucket)), next };
    },
  },
  {
    method: 'GET',
    path: '/buckets/{bucket}',
    operationId: 'getBucket',
    summary: 'What a bucket is set to',
    parameters: [bucketParameter],
    action: 'cess:GetBucket',
    resource: arnOf,
    schema: bucketSchema,
    handle: async (call) => shownBucket(call, textOf(call, 'bucket'), await ownBucket(call)),
  },
  {
    method: 'POST',
    path: '/buckets/{bucket}/storage-class',
    operationId: 'setDefaultStorageClass',
    summary: 'Sets the storage class of objects for which a write states none; objects that exist keep theirs',
    parameters: [bucketParameter],
    action: 'cess:SetDefaultStorageClass',
    resource: arnOf,
    requestSchema: {
      type: 'object',
      required: ['storageClass'],
      properties: { storageClass: { type: ['string', 'null'], description: 'null: STANDARD again' } },
      additionalProperties: false,
    },
    schema: bucketSchema,
    handle: setDefaultClass,
  },
  {
    method: 'POST',
    path: '/buckets/{bucket}/rotate-key',
    operationId: 'rotateBucketKey',
    summary: 'Gives a bucket a new key at once; the stream keys of its files move to it in the background',
    parameters: [bucketParameter],
    action: 'cess:RotateBucketKey',
    resource: arnOf,
    schema: bucketSchema,
    async handle(call) {
      const { services, caller } = call;
      const name = textOf(call, 'bucket');
      return shownBucket(call, name, await services.rotateKey(name, await ownBucket(call), caller.account.ownerKey));
    },
  },
  {
    method: 'DELETE',
    path: '/buckets/{bucket}',
    operationId: 'deleteBucket',
    summary: 'Deletes a bucket without objects',
    parameters: [bucketParameter],
    action: 'cess:DeleteBucket',
    resource: arnOf,
    async handle(call) {
      await ownBucket(call);
      await call.services.index.deleteBucket(textOf(call, 'bucket'));
    },
  },
  {
    method: 'GET',
    path: '/buckets/{bucket}/usage',
    operationId: 'getBucketUsage',
    summary: 'Counts objects and bytes, a page of versions at a time; add the pages up',
    parameters: [bucketParameter, versionsPage, afterParameter],
    action: 'cess:GetBucket',
    resource: arnOf,
    schema: usageSchema,
    handle: usageOf,
  },
];

/** The bucket that the call names. Buckets of other accounts do not exist for the caller. */
export async function ownBucket(call: AdminCall): Promise<BucketRecord> {
  const bucket = await call.services.index.getBucket(textOf(call, 'bucket'));
  if (bucket === undefined || !equalBytes(bucket.owner, call.caller.account.owner))
    throw new AdminProblem('NoSuchBucket');
  return bucket;
}

async function setDefaultClass(call: AdminCall): Promise<unknown> {
  const { index, classes } = call.services;
  const bucket = { name: textOf(call, 'bucket'), record: await ownBucket(call) };
  const wanted = wantedClass(call.body);
  if (wanted === null)
    return shownBucket(call, bucket.name, await removeConfiguration(index, bucket, defaultStorageClass));
  const refusal = classes.refusalOf(wanted);
  if (refusal !== undefined || !isStorageClass(wanted)) throw new AdminProblem('InvalidParameter', refusal);
  const setting = { value: wanted, body: call.body };
  return shownBucket(call, bucket.name, await replaceConfiguration(index, bucket, defaultStorageClass, setting));
}

function wantedClass(body: Uint8Array): string | null {
  const { storageClass, ...others } = jsonObject(body);
  const isClass = storageClass === null || typeof storageClass === 'string';
  if (isClass && Object.keys(others).length === 0) return storageClass;
  throw new AdminProblem('InvalidParameter', 'The body must be {"storageClass": "…"} or {"storageClass": null}.');
}

function jsonObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(fromUtf8(body)));
  } catch {
    return {};
  }
}

function shownBucket({ services }: AdminCall, name: string, bucket: BucketRecord) {
  const { region, territory, createdAtMs, versioning, configurations } = bucket;
  // An empty document stands for a setting that was deleted.
  const names = configurations.flatMap(([setting, document]) =>
    document.length === 0 || setting === keyRotationConfiguration ? [] : [setting],
  );
  const rotation = keyRotationOf(bucket);
  return {
    name,
    region,
    territory,
    createdAt: timeText(createdAtMs),
    versioning,
    configurations: names,
    defaultStorageClass: services.configurations.read(defaultStorageClass, { name, record: bucket }),
    keyRotation: rotation === undefined ? undefined : shownRotation(rotation),
  };
}

function shownRotation({ startedAtMs, finishedAtMs, rewrapped, pass }: KeyRotation) {
  return {
    state: finishedAtMs === undefined ? 'running' : 'finished',
    startedAt: timeText(startedAtMs),
    finishedAt: finishedAtMs === undefined ? undefined : timeText(finishedAtMs),
    rewrappedKeys: rewrapped,
    checkedFiles: pass.checked,
  };
}

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

async function usageOf(call: AdminCall): Promise<unknown> {
  await ownBucket(call);
  const from = placeOf(call.params['after']);
  const request = { prefix: '', delimiter: '', limit: integerOf(call, versionsPage), ...from };
  const { items, truncated } = await call.services.index.listVersions(textOf(call, 'bucket'), request);
  const last = items.at(-1);
  const place = last?.type === 'entry' ? [last.name, last.value.versionId] : undefined;
  const next = truncated ? Buffer.from(JSON.stringify(place)).toString('base64url') : undefined;
  return { ...countVersions(items), next };
}

/** Where the page before ended. Throws InvalidParameter for anything else. */
function placeOf(token: string | undefined): object {
  if (token === undefined) return {};
  const [after, versionId] = decodeToken(token);
  const afterVersion = typeof versionId === 'string' ? parseVersionId(versionId) : undefined;
  if (typeof after !== 'string' || afterVersion === undefined)
    throw new AdminProblem('InvalidParameter', 'after must be the `next` of the page before.');
  return { after, afterVersion };
}

function decodeToken(token: string): readonly unknown[] {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return Array.isArray(decoded) ? decoded : [];
  } catch {
    return [];
  }
}
