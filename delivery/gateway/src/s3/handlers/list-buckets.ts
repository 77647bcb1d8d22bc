// ListBuckets: the caller's buckets, in pages when the request asks for them.
import type { BucketRecord } from '@cess/object-index';
import { equalBytes } from '@cess/primitives';
import { requireAccount } from '../access/caller.js';
import type { S3Context } from '../context.js';
import { queryInteger } from '../request.js';
import { sendXml } from '../responses.js';
import { document, element } from '../xml.js';
import { decodeToken, encodeToken } from './continuation-token.js';

const maxPage = 10_000;

export async function listBuckets(context: S3Context): Promise<void> {
  const { index, target, region } = context;
  const account = requireAccount(context);
  const { query } = target;
  const limit = queryInteger(target, 'max-buckets', { min: 1, max: maxPage }, maxPage);
  const prefix = query.get('prefix') ?? '';
  const token = query.get('continuation-token');
  const after = token === undefined ? undefined : decodeToken(token);
  const isHere = (query.get('bucket-region') ?? region) === region;
  const found: { name: string; bucket: BucketRecord }[] = [];
  if (isHere) {
    for await (const entry of index.buckets(after)) {
      if (entry.name.startsWith(prefix) && equalBytes(entry.bucket.owner, account.owner)) found.push(entry);
      if (found.length > limit) break;
    }
  }
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  const buckets = shown.map(
    ({ name, bucket }) =>
      `<Bucket>${element('Name', name)}${element('CreationDate', new Date(bucket.createdAtMs).toISOString())}${element('BucketRegion', region)}</Bucket>`,
  );
  const content = [
    `<Owner>${element('ID', account.canonicalId)}${element('DisplayName', account.territory)}</Owner>`,
    `<Buckets>${buckets.join('')}</Buckets>`,
    element('ContinuationToken', last === undefined ? undefined : encodeToken(last.name)),
    element('Prefix', query.get('prefix')),
  ];
  sendXml(context.response, 200, document('ListAllMyBucketsResult', content.join('')));
}
