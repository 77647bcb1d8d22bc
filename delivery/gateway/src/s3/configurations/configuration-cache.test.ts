// The cache of parsed configurations: it follows the stored bytes, and is bounded by them.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { BucketRecord } from '@cess/object-index';
import { fromUtf8, utf8 } from '@cess/primitives';
import type { BucketConfiguration } from './configuration.js';
import { ConfigurationCache } from './configuration-cache.js';

let parsed = 0;
const configuration: BucketConfiguration<string> = {
  name: 'text',
  maxBytes: 100,
  parse: (document) => {
    parsed++;
    return fromUtf8(document);
  },
  contentType: 'application/xml',
  notFound: 'NoSuchBucketPolicy',
};

const bucketWith = (document: string | undefined, name = 'bucket') => {
  const record: BucketRecord = {
    owner: new Uint8Array(32),
    territory: 't',
    region: 'r',
    createdAtMs: 1,
    keyWraps: [],
    versioning: 'never',
    configurations: document === undefined ? [] : [['text', utf8(document)]],
  };
  return { name, record };
};

describe('a cached configuration', () => {
  beforeEach(() => {
    parsed = 0;
  });

  it('is parsed once for equal documents, and again for another one', () => {
    const cache = new ConfigurationCache();
    for (const text of ['one', 'one', 'two', 'two', 'one'])
      assert.equal(cache.read(configuration, bucketWith(text)), text);
    assert.equal(parsed, 3);
  });

  it('is kept apart from that of other buckets', () => {
    const cache = new ConfigurationCache();
    assert.equal(cache.read(configuration, bucketWith('one', 'a')), 'one');
    assert.equal(cache.read(configuration, bucketWith('two', 'b')), 'two');
    assert.equal(cache.read(configuration, bucketWith('one', 'a')), 'one');
    assert.equal(parsed, 2);
  });

  it('is dropped, the oldest first, when the documents exceed the bound', () => {
    const cache = new ConfigurationCache(10);
    for (const name of ['a', 'b', 'c']) cache.read(configuration, bucketWith('four', name));
    assert.equal(parsed, 3);
    cache.read(configuration, bucketWith('four', 'c'));
    assert.equal(parsed, 3);
    cache.read(configuration, bucketWith('four', 'a'));
    assert.equal(parsed, 4);
    cache.read(configuration, bucketWith('longer than ten', 'a'));
    cache.read(configuration, bucketWith('longer than ten', 'a'));
    assert.equal(parsed, 6);
  });

  it('has its initial value where the bucket never had it, and none after its deletion', () => {
    const cache = new ConfigurationCache();
    const withInitial = { ...configuration, initial: 'initial' };
    assert.equal(cache.read(withInitial, bucketWith(undefined)), 'initial');
    assert.equal(cache.read(withInitial, bucketWith('')), undefined);
    assert.equal(cache.read(configuration, bucketWith(undefined)), undefined);
  });
});
