// PostObject: an upload by a form in a browser. The form names key and caller, so this handler authorises the request itself,
// before the first byte of the file is stored.
import { createHash } from 'node:crypto';
import { uriEncode } from '@cess/signature-v4';
import { createAccess } from '../access/create-access.js';
import { type ChecksumHasher, checksumClaim, createChecksum } from '../body/checksums.js';
import { requireNamedBucket } from '../bucket-access.js';
import type { NamedBucket } from '../configurations/configuration.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { verifyForm } from '../forms/form-caller.js';
import { headersOf, keyOf, successAnswer, withFilename } from '../forms/form-fields.js';
import { MultipartForm } from '../forms/multipart-form.js';
import { checkFileSize, checkPostPolicy, type PostPolicy, parsePostPolicy } from '../forms/post-policy.js';
import { checksumResponseHeaders } from '../object-headers.js';
import { sendBody, sendEmpty } from '../responses.js';
import { versionHeaders } from '../versions.js';
import { document, element } from '../xml.js';
import { type ContentStorage, maxBodyBytes, type StoredContent, writeObject } from './write-object.js';

/** Headers of the request itself that say nothing about the object. */
const harmlessHeaders = ['x-amz-content-sha256', 'x-amz-date', 'x-amz-user-agent', 'x-amz-expected-bucket-owner'];
const openSizes = { sizes: [] };

export async function postObject(context: S3Context): Promise<void> {
  const bucket = requireNamedBucket(context);
  refuseHeaders(context);
  const length = Number(context.headers['content-length'] ?? Number.NaN);
  if (Number.isNaN(length)) throw new S3Error('MissingContentLength');
  const form = new MultipartForm({
    chunks: context.body.chunks(),
    length,
    contentType: context.headers['content-type'],
  });
  try {
    await storeForm(context, bucket, form);
  } finally {
    await form.close();
  }
}

async function storeForm(context: S3Context, bucket: NamedBucket, form: MultipartForm): Promise<void> {
  const { fields: sent, file } = await form.readFields();
  const fields = new Map([...withFilename(sent, file.filename), ['bucket', bucket.name]]);
  const key = keyOf(fields);
  const headers = headersOf(fields);
  context.rules.check(headers);
  // A field, too, can name the owner whom the page expects.
  requireNamedBucket({ ...context, headers });
  const { policy, ...authorized } = await authorizeForm(context, bucket, { fields, key, headers });
  const { object, entered, encryption } = await writeObject(
    { ...context, ...authorized, headers },
    { bucket, key, store: (how) => storeFile(context, bucket, { ...how, form, headers, sizes: policy ?? openSizes }) },
  );
  answer(
    context,
    fields,
    { bucket: bucket.name, key, etag: `"${object.etag}"` },
    {
      ...encryption.headers,
      ...checksumResponseHeaders(object),
      ...versionHeaders(entered.versionId),
    },
  );
}

interface ReadForm {
  readonly fields: ReadonlyMap<string, string>;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Whom the object comes from. Throws AccessDenied for what policy document or access rules do not allow. */
async function authorizeForm(
  context: S3Context,
  bucket: NamedBucket,
  { fields, key, headers }: ReadForm,
): Promise<Pick<S3Context, 'access' | 'caller'> & { readonly policy: PostPolicy | undefined }> {
  const document = fields.get('policy');
  const signed = document === undefined ? undefined : await verifyForm(fields, context);
  const policy = document === undefined ? undefined : parsePostPolicy(document);
  if (policy !== undefined) checkPostPolicy(policy, fields, context.nowMs());
  const caller = signed?.caller ?? context.caller;
  const signature = signed === undefined ? undefined : { type: 'POST' as const, timeMs: signed.timeMs };
  const target = { ...context.target, key };
  // Until here the record names the request's caller, who is anonymous, and no object.
  context.record.isSignedBy(signed?.accessKeyId);
  context.record.isOf(caller.principal);
  context.record.names(target);
  const access = createAccess(context, { socket: context.request.socket, caller, target, headers, signature });
  for (const action of ['s3:PutObject', ...context.rules.neededActions(headers)])
    await access.require(action, { bucket, key });
  return { access, caller, policy };
}

interface FileToStore extends Pick<ReadForm, 'headers'>, ContentStorage {
  readonly form: MultipartForm;
  readonly sizes: Pick<PostPolicy, 'sizes'>;
}

/** Stores the file in one piece, or in two if it is larger than the part whose end has to be found first. */
export async function storeFile(
  { storage, client, signal }: Pick<S3Context, 'storage' | 'client' | 'signal'>,
  bucket: NamedBucket,
  { form, headers, lock, redundancy, sizes }: FileToStore,
): Promise<StoredContent> {
  const digests = await createDigests(headers);
  const file = form.file();
  requireSize(sizes, file.length, false);
  const store = (length: number, chunks: AsyncIterable<Uint8Array>) =>
    storage.store({ bucketName: bucket.name, bucket: bucket.record, length, chunks, lock, redundancy, client, signal });
  const head = file.length === 0 ? undefined : await store(file.length, digests.pass(file.chunks));
  try {
    const rest = await file.tail();
    const size = file.length + rest.length;
    requireSize(sizes, size, true);
    const tail = rest.length === 0 && head !== undefined ? undefined : await store(rest.length, digests.pass([rest]));
    const both = [head, tail].flatMap((one) => (one === undefined ? [] : [one]));
    try {
      const named = digests.finish();
      return {
        extents: both.flatMap(({ extents }) => extents),
        files: both.flatMap(({ files }) => files),
        size,
        ...named,
      };
    } catch (error) {
      if (tail !== undefined) storage.discard(tail);
      throw error;
    }
  } catch (error) {
    if (head !== undefined) storage.discard(head);
    throw error;
  }
}

function requireSize(sizes: Pick<PostPolicy, 'sizes'>, size: number, isWhole: boolean): void {
  checkFileSize(sizes, size, isWhole);
  if (size > maxBodyBytes) throw new S3Error('EntityTooLarge');
}

/** MD5 and the checksum that the form names, of bytes in the order in which they pass. */
async function createDigests(headers: Readonly<Record<string, string>>) {
  const claim = checksumClaim(headers);
  const checksum: ChecksumHasher | undefined = claim === undefined ? undefined : await createChecksum(claim.algorithm);
  const md5 = createHash('md5');
  return {
    async *pass(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        md5.update(chunk);
        checksum?.update(chunk);
        yield chunk;
      }
    },
    /** Throws BadDigest. */
    finish(): Pick<StoredContent, 'md5' | 'checksums'> {
      const value = checksum?.finish();
      if (claim?.value !== undefined && claim.value !== value) throw new S3Error('BadDigest');
      const checksums = checksum === undefined || value === undefined ? [] : [[checksum.algorithm, value] as const];
      return { md5: md5.digest('hex'), checksums };
    },
  };
}

function answer(
  { response, headers: { host = '' } }: S3Context,
  fields: ReadonlyMap<string, string>,
  stored: { readonly bucket: string; readonly key: string; readonly etag: string },
  more: Readonly<Record<string, string>>,
): void {
  const { status, location } = successAnswer(fields, stored);
  const { bucket, key, etag } = stored;
  const place = `http://${host}/${bucket}/${key.split('/').map(uriEncode).join('/')}`;
  const headers = { etag, location: location ?? place, ...more };
  if (status !== 201) return sendEmpty(response, status, headers);
  const elements = [element('Location', place), element('Bucket', bucket), element('Key', key), element('ETag', etag)];
  const body = Buffer.from(document('PostResponse', elements.join('')));
  sendBody(response, 201, body, { ...headers, 'content-type': 'application/xml' });
}

/** The fields describe the object. A header that would limit the request must not be ignored. */
function refuseHeaders({ headers, rules }: S3Context): void {
  const limiting = Object.keys(headers).find((name) => {
    if (name === 'content-md5' || name.startsWith('if-')) return true;
    const isHarmless = harmlessHeaders.includes(name) || rules.isHarmless(name);
    return name.startsWith('x-amz-') && !isHarmless;
  });
  if (limiting !== undefined) throw new S3Error('NotImplemented', { details: { Header: limiting.slice(0, 255) } });
}
