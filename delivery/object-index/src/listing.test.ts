// Listings against a naive model that sorts and filters everything.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareBytes, utf8 } from '@cess/primitives';
import { createMemoryKv } from '@cess/store';
import fc from 'fast-check';
import { type ListRequest, ObjectIndex } from './index.js';
import { bucketOf, objectOf, uploadOf } from './test-support/samples.js';

const part = fc.constantFrom('a', 'b', '/', '//', '-', 'é', '日', '🙂', '\u{ffff}', ' ', '%', '\x01');
const name = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
const affix = fc.array(part, { maxLength: 2 }).map((parts) => parts.join(''));
const byBytes = (a: string, b: string) => compareBytes(utf8(a), utf8(b));

/** What all pages together must show, in order. */
function model(names: readonly string[], prefix: string, delimiter: string): string[] {
  const shown = names
    .filter((one) => one.startsWith(prefix))
    .sort(byBytes)
    .map((one) => {
      const cut = delimiter === '' ? -1 : one.indexOf(delimiter, prefix.length);
      return cut < 0 ? `entry ${one}` : `prefix ${one.slice(0, cut + delimiter.length)}`;
    });
  return shown.filter((item, index) => index === 0 || item !== shown[index - 1]);
}

describe('listing objects', () => {
  it('pages of any size show what the model shows, each name once, in byte order', async () => {
    const names = fc.uniqueArray(name, { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(names, affix, affix, fc.integer({ min: 1, max: 6 }), async (keys, prefix, delimiter, limit) => {
        const index = new ObjectIndex(createMemoryKv());
        for (const bucket of ['b', 'b2']) await index.createBucket(bucket, bucketOf());
        await Promise.all(keys.map((key) => index.putObject({ bucket: 'b', key }, objectOf(key), [])));
        await index.putObject({ bucket: 'b2', key: 'other bucket' }, objectOf('x'), []);
        const seen: string[] = [];
        let after: string | undefined;
        for (;;) {
          const page = await index.listObjects('b', { prefix, delimiter, limit, after });
          assert.ok(page.items.length <= limit);
          for (const item of page.items) {
            seen.push(`${item.type} ${item.name}`);
            if (item.type === 'entry') assert.equal(item.value.etag, item.name);
          }
          if (!page.truncated) break;
          assert.equal(page.items.length, limit);
          after = page.items.at(-1)!.name;
        }
        assert.deepEqual(seen, model(keys, prefix, delimiter));
      }),
      { seed: 11, numRuns: 400 },
    );
  });

  it('begins behind any name, whether it exists or not', async () => {
    const names = fc.uniqueArray(name, { maxLength: 15 });
    await fc.assert(
      fc.asyncProperty(names, name, async (keys, after) => {
        const index = new ObjectIndex(createMemoryKv());
        await index.createBucket('b', bucketOf());
        await Promise.all(keys.map((key) => index.putObject({ bucket: 'b', key }, objectOf(key), [])));
        const { items } = await index.listObjects('b', { prefix: '', delimiter: '', limit: 100, after });
        const expected = keys.filter((key) => byBytes(key, after) > 0).sort(byBytes);
        assert.deepEqual(
          items.map((item) => item.name),
          expected,
        );
      }),
      { seed: 12, numRuns: 200 },
    );
  });
});

describe('listing uploads', () => {
  it('pages of any size show every upload once, several of one key in the order of their ids', async () => {
    const uploads = fc.array(fc.tuple(name, fc.integer({ min: 0, max: 0xffff })), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        uploads,
        affix,
        affix,
        fc.integer({ min: 1, max: 4 }),
        async (pairs, prefix, delimiter, limit) => {
          const index = new ObjectIndex(createMemoryKv());
          await index.createBucket('b', bucketOf());
          const all = new Map<string, [string, string]>();
          for (const [key, seed] of pairs) {
            const uploadId = seed.toString(16).padStart(32, '0');
            all.set(`${key} ${uploadId}`, [key, uploadId]);
            await index.createUpload({ bucket: 'b', key, uploadId }, uploadOf());
          }
          const seen: string[] = [];
          let request: ListRequest = { prefix, delimiter, limit };
          let afterUploadId: string | undefined;
          for (;;) {
            const page = await index.listUploads('b', request, afterUploadId);
            for (const item of page.items) {
              seen.push(item.type === 'prefix' ? `prefix ${item.name}` : `entry ${item.name} ${item.value.uploadId}`);
            }
            if (!page.truncated) break;
            const last = page.items.at(-1)!;
            request = { prefix, delimiter, limit, after: last.name };
            afterUploadId = last.type === 'entry' ? last.value.uploadId : undefined;
          }
          const sorted = [...all.values()]
            .filter(([key]) => key.startsWith(prefix))
            .sort(([a, x], [b, y]) => byBytes(a, b) || byBytes(x, y))
            .map(([key, uploadId]) => {
              const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
              return cut < 0 ? `entry ${key} ${uploadId}` : `prefix ${key.slice(0, cut + delimiter.length)}`;
            });
          assert.deepEqual(seen, [...new Set(sorted)]);
        },
      ),
      { seed: 13, numRuns: 300 },
    );
  });
});
