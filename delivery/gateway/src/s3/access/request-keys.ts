// The condition keys of a request (Service Authorization Reference, "Condition keys for Amazon S3"; IAM User Guide, "AWS global
// condition context keys"). Each is computed when a policy asks for it. Keys about the caller come from the caller, keys about
// the object from RequestAccess.
import { type ConditionKeys, combineKeys, type KeyValue, principalKeys, timeKeys } from '@cess/access';
import type { S3Target } from '../request.js';
import type { Caller } from './caller.js';

/** What the keys of a request are taken from. */
export interface KeySource {
  readonly caller: Caller;
  readonly target: S3Target;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Address of the client. */
  readonly address: string | undefined;
  readonly isSecure: boolean;
  readonly region: string;
  readonly nowMs: number;
  /** How the request is signed; none for anonymous requests. */
  readonly signature:
    | { readonly type: 'REST-HEADER' | 'REST-QUERY-STRING' | 'POST'; readonly timeMs: number }
    | undefined;
}

type Read = (source: KeySource) => KeyValue | undefined;

const header =
  (name: string): Read =>
  ({ headers }) =>
    headers[name];
const query =
  (name: string): Read =>
  ({ target }) =>
    target.query.get(name);

/** Condition keys that are request headers of the same name. */
const headerKeys = [
  'x-amz-acl',
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write',
  'x-amz-grant-write-acp',
  'x-amz-metadata-directive',
  'x-amz-object-ownership',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-storage-class',
  'x-amz-website-redirect-location',
  'if-match',
  'if-none-match',
] as const;

const readers: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['aws:sourceip', ({ address }) => address?.replace(/^::ffff:(?=\d+\.)/i, '')],
  ['aws:securetransport', ({ isSecure }) => String(isSecure)],
  ['aws:useragent', header('user-agent')],
  ['aws:referer', header('referer')],
  ['aws:requestedregion', ({ region }) => region],
  ['aws:viaawsservice', () => 'false'],
  ['s3:authtype', ({ signature }) => signature?.type],
  ['s3:signatureversion', ({ signature }) => (signature === undefined ? undefined : 'AWS4-HMAC-SHA256')],
  [
    's3:signatureage',
    ({ signature, nowMs }) => (signature === undefined ? undefined : String(Math.max(0, nowMs - signature.timeMs))),
  ],
  ['s3:prefix', query('prefix')],
  ['s3:delimiter', query('delimiter')],
  ['s3:max-keys', query('max-keys')],
  ['s3:versionid', query('versionId')],
  ['s3:object-lock-mode', header('x-amz-object-lock-mode')],
  ['s3:object-lock-retain-until-date', header('x-amz-object-lock-retain-until-date')],
  ['s3:object-lock-legal-hold', header('x-amz-object-lock-legal-hold')],
  ['s3:requestobjecttagkeys', ({ headers }) => tagsOf(headers)?.map(([name]) => name)],
  ...headerKeys.map((name): [string, Read] => [`s3:${name}`, header(name)]),
]);

const requestTagPrefix = 's3:requestobjecttag/';

export function requestKeys(source: KeySource): ConditionKeys {
  const ofRequest: ConditionKeys = (key) => {
    const read = readers.get(key);
    if (read !== undefined) return read(source);
    if (!key.startsWith(requestTagPrefix)) return undefined;
    return tagNamed(tagsOf(source.headers), key.slice(requestTagPrefix.length));
  };
  return combineKeys(ofRequest, source.caller.keys, principalKeys(source.caller.principal), timeKeys(source.nowMs));
}

/** The value of a tag. The names of tags in condition keys do not depend on case, as at Amazon. */
export function tagNamed(tags: readonly (readonly [string, string])[] | undefined, name: string): string | undefined {
  return tags?.find(([own]) => own.toLowerCase() === name)?.[1];
}

/** The tags that a request gives an object, from its header; the operation refuses what is malformed. */
function tagsOf(headers: Readonly<Record<string, string>>): readonly (readonly [string, string])[] | undefined {
  const text = headers['x-amz-tagging'];
  return text === undefined ? undefined : [...new URLSearchParams(text)];
}
