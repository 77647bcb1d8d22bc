// cess cp, ls, cat, rm, du, share: objects at the gateway, over the SDK.
import { CessError, formatBytes } from '@cess/primitives';
import {
  copyObject,
  createStorage,
  deleteObject,
  getObject,
  headObject,
  listBuckets,
  listObjects,
  presignObject,
  type StorageClient,
} from '@cess/sdk/storage';
import type { CliContext } from '../context.js';
import { type Listed, printListing } from '../listing.js';
import { fields, print } from '../output.js';
import { isS3Location, parseLocation, parseObject } from '../s3-location.js';
import { readGatewayCredentials } from '../signed-request.js';
import { download, type Transferred, upload } from '../transfer.js';

export interface ObjectCommandOptions {
  readonly credentials?: string;
}

export interface RemoveOptions extends ObjectCommandOptions {
  readonly recursive?: boolean;
}

export interface ShareOptions extends ObjectCommandOptions {
  readonly expires: string;
}

const maxExpirySeconds = 604_800;

function storageOf(context: CliContext, { credentials: file }: ObjectCommandOptions): StorageClient {
  const { endpoint, region, ...credentials } = readGatewayCredentials(context.home, file);
  return createStorage({ endpoint, region, credentials });
}

/** One of the two is s3://bucket/key, or both are. Throws `LOCATION_MALFORMED`, `STORAGE_…`. */
export async function copy(
  context: CliContext,
  { from, to }: { readonly from: string; readonly to: string },
  options: ObjectCommandOptions,
): Promise<void> {
  const storage = storageOf(context, options);
  const done = await transfer(context, storage, { from, to });
  if (context.json) return print(JSON.stringify({ from, to, ...done }));
  const resumed = done.resumedAtBytes === 0 ? '' : `, continued at ${formatBytes(done.resumedAtBytes)}`;
  print(`${from} -> ${to}: ${formatBytes(done.bytes)}${resumed}`);
}

async function transfer(
  context: CliContext,
  storage: StorageClient,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<Transferred> {
  if (isS3Location(from) && isS3Location(to)) {
    await copyObject(storage, { from: parseObject(from), to: parseObject(to) });
    const { sizeBytes } = await headObject(storage, parseObject(to));
    return { bytes: sizeBytes, resumedAtBytes: 0 };
  }
  if (isS3Location(to)) return upload(storage, { file: from, ...parseLocation(to), home: context.home });
  if (isS3Location(from)) return download(storage, { ...parseObject(from), file: to });
  throw new CessError('LOCATION_MALFORMED', 'One of the two must be of the form s3://bucket/key.');
}

/** Buckets without a location, else what is below a prefix. Throws `STORAGE_NOT_FOUND`. */
export async function list(
  context: CliContext,
  location: string | undefined,
  options: ObjectCommandOptions & { readonly recursive?: boolean },
): Promise<void> {
  const storage = storageOf(context, options);
  const { json } = context;
  const rows = location === undefined ? bucketRows(storage) : objectRows(storage, location, options.recursive === true);
  await printListing(rows, { json, limit: undefined });
}

async function* bucketRows(storage: StorageClient): AsyncGenerator<Listed> {
  for (const { name, createdAt } of await listBuckets(storage)) {
    const row = { name: `s3://${name}`, created: createdAt.toISOString() };
    yield { row, json: row, cursor: name };
  }
}

async function* objectRows(storage: StorageClient, location: string, isRecursive: boolean): AsyncGenerator<Listed> {
  const { bucket, key: prefix } = parseLocation(location);
  const delimiter = isRecursive ? undefined : '/';
  for await (const entry of listObjects(storage, { bucket, prefix, delimiter })) {
    if (entry.type === 'folder') {
      const name = `s3://${bucket}/${entry.prefix}`;
      yield { row: { name, size: null, modified: null, class: null }, json: { name, folder: true }, cursor: name };
      continue;
    }
    const { key, sizeBytes, lastModified, storageClass, etag } = entry;
    const name = `s3://${bucket}/${key}`;
    const modified = lastModified.toISOString();
    yield {
      row: { name, size: formatBytes(sizeBytes), modified, class: storageClass },
      json: { name, size: sizeBytes, modified, storageClass, etag },
      cursor: name,
    };
  }
}

/** Writes the content to standard output. Throws `STORAGE_…`. */
export async function concatenate(context: CliContext, location: string, options: ObjectCommandOptions): Promise<void> {
  const { body } = await getObject(storageOf(context, options), parseObject(location));
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    if (!process.stdout.write(value)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}

/** An object, or all below a prefix. Throws `STORAGE_…`. */
export async function remove(context: CliContext, location: string, options: RemoveOptions): Promise<void> {
  const storage = storageOf(context, options);
  const { bucket, key } = options.recursive === true ? parseLocation(location) : parseObject(location);
  let removed = 0;
  if (options.recursive === true) {
    for await (const entry of listObjects(storage, { bucket, prefix: key })) {
      if (entry.type !== 'object') continue;
      await deleteObject(storage, { bucket, key: entry.key });
      removed++;
    }
  } else {
    await deleteObject(storage, { bucket, key });
    removed = 1;
  }
  print(context.json ? JSON.stringify({ location, removed }) : `${location}: ${removed} removed`);
}

/** Counts what is below a prefix. Throws `STORAGE_NOT_FOUND`. */
export async function showUsage(context: CliContext, location: string, options: ObjectCommandOptions): Promise<void> {
  const { bucket, key: prefix } = parseLocation(location);
  let [objects, bytes] = [0, 0];
  for await (const entry of listObjects(storageOf(context, options), { bucket, prefix })) {
    if (entry.type !== 'object') continue;
    objects++;
    bytes += entry.sizeBytes;
  }
  print(
    context.json
      ? JSON.stringify({ location, objects, bytes })
      : fields({ location, objects, size: formatBytes(bytes) }),
  );
}

/** Throws `LOCATION_MALFORMED`, `EXPIRY_INVALID`. */
export async function share(context: CliContext, location: string, options: ShareOptions): Promise<void> {
  const expiresSeconds = Number(options.expires);
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > maxExpirySeconds)
    throw new CessError(
      'EXPIRY_INVALID',
      `"${options.expires}" is no number of seconds from 1 to ${maxExpirySeconds}.`,
    );
  const { bucket, key } = parseObject(location);
  const url = await presignObject(storageOf(context, options), { bucket, key, expiresSeconds });
  print(context.json ? JSON.stringify({ location, url, expiresSeconds }) : url);
}
