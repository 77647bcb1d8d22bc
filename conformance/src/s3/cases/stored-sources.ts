// Objects that cases of copies and uploads begin with.
import type { World } from '../world.js';
import { completion } from './samples.js';

/** A bucket with an object to copy. */
export async function source(world: World, headers: Record<string, string> = {}) {
  const bucket = await world.bucket();
  const { headers: answered } = await world.put(bucket, 'source', 'content', {
    'content-type': 'text/plain',
    'x-amz-meta-a': 'b',
    'x-amz-tagging': 't=v',
    ...headers,
  });
  return { bucket, etag: answered.etag ?? '' };
}

/** Uploads parts of these sizes and completes them. */
export async function uploaded(
  world: World,
  sizes: readonly number[],
  headers: Record<string, string> = {},
  partHeaders: Record<string, string> = {},
) {
  const bucket = await world.bucket();
  const id = await world.upload(bucket, 'key', headers);
  const etags: string[] = [];
  for (const [at, size] of sizes.entries()) {
    const target = `/${bucket}/key?partNumber=${at + 1}&uploadId=${id}`;
    const { headers: answered } = await world.ok('PUT', target, {
      body: Buffer.alloc(size, at + 1),
      headers: partHeaders,
    });
    etags.push(answered.etag ?? '');
  }
  const complete = (body = completion(etags), more: Record<string, string> = {}) =>
    world.send('POST', `/${bucket}/key?uploadId=${id}`, { body, headers: more });
  return { bucket, id, etags, path: `/${bucket}/key`, complete };
}

export const past = 'Mon, 01 Jan 2018 00:00:00 GMT';
