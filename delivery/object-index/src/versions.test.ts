// Single rules of versions: ids, preconditions, bounds of a listing, and what the check of an index finds.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { utf8 } from '@cess/primitives';
import { createMemoryKv, type Kv, type KvRange } from '@cess/store';
import { checkIndex, isIndexSound, ObjectIndex, parseVersionId, type VersionId, type Versioning } from './index.js';
import * as keys from './keys.js';
import { objectRecord } from './records.js';
import { bucketOf, objectOf } from './test-support/samples.js';
import { nullVersionKey, ordinalValue, versionKey } from './version-keys.js';

const bucket = 'b';
const name = { bucket, key: 'k' };

async function opened(versioning: Versioning, kv: Kv = createMemoryKv()): Promise<{ kv: Kv; index: ObjectIndex }> {
  const index = new ObjectIndex(kv);
  await index.createBucket(bucket, { ...bucketOf(), versioning });
  return { kv, index };
}

async function putId(index: ObjectIndex, etag: string): Promise<VersionId> {
  const { versionId } = await index.putObject(name, objectOf(etag), []);
  const id = parseVersionId(versionId ?? '');
  assert.ok(id !== undefined);
  return id;
}

describe('version ids', () => {
  it('of other texts than the index gives out are not parsed', async () => {
    const { index } = await opened('enabled');
    const { versionId = '' } = await index.putObject(name, objectOf('a'), []);
    assert.notEqual(parseVersionId(versionId), undefined);
    assert.ok(versionId.length <= 32);
    assert.equal(parseVersionId('null'), 'null');
    for (const text of [
      '',
      'NULL',
      'x',
      versionId.slice(1),
      `${versionId}A`,
      `${versionId.slice(0, 21)}!`,
      `${versionId.slice(0, 21)}_`,
    ])
      assert.equal(parseVersionId(text), undefined, text);
  });

  it('name nothing with other random bytes', async () => {
    const { index } = await opened('enabled');
    const id = await putId(index, 'a');
    assert.ok(id !== 'null');
    const guessed = { ...id, nonce: id.nonce.map((byte) => byte ^ 1) };
    assert.equal(await index.getObject(name, guessed), undefined);
    assert.equal((await index.deleteVersion(name, guessed)).existed, false);
    await putId(index, 'b');
    assert.equal(await index.getObject(name, guessed), undefined);
    assert.equal((await index.getObject(name, id))?.etag, 'a');
  });
});

describe('preconditions', () => {
  it('of many concurrent writes to an enabled bucket that require absence one wins', async () => {
    const { index } = await opened('enabled');
    const absent = (current: unknown) => {
      if (current !== undefined) throw new Error('exists');
    };
    const race = () =>
      Promise.allSettled(Array.from({ length: 50 }, (_, n) => index.putObject(name, objectOf(String(n)), [], absent)));
    assert.equal((await race()).filter(({ status }) => status === 'fulfilled').length, 1);
    await index.deleteObject(name);
    assert.equal((await race()).filter(({ status }) => status === 'fulfilled').length, 1, 'behind a delete marker');
    assert.equal((await index.listVersions(bucket, { prefix: '', delimiter: '', limit: 100 })).items.length, 3);
  });

  it('of a deletion see the version that it names', async () => {
    const { index } = await opened('enabled');
    const first = await putId(index, 'first');
    await putId(index, 'second');
    const seen: (string | undefined)[] = [];
    await index.deleteVersion(name, first, { check: (current) => void seen.push(current?.etag) });
    await index.deleteObject(name, (current) => void seen.push(current?.etag));
    await index.deleteObject(name, (current) => void seen.push(current?.etag));
    assert.deepEqual(seen, ['first', 'second', undefined]);
  });
});

describe('a bucket', () => {
  it('that kept versions is suspended, and never one that kept none', async () => {
    const { index } = await opened('enabled');
    await index.changeBucket(bucket, (record) => ({ ...record, versioning: 'suspended' }));
    await assert.rejects(
      index.changeBucket(bucket, (record) => ({ ...record, versioning: 'never' })),
      { code: 'VERSIONING_PERMANENT' },
    );
    assert.equal((await index.getBucket(bucket))?.versioning, 'suspended');
  });

  it('with a delete marker alone is not deleted', async () => {
    const { index } = await opened('enabled');
    await index.deleteObject(name);
    await assert.rejects(index.deleteBucket(bucket), { code: 'BUCKET_NOT_EMPTY' });
  });
});

describe('a listing of versions', () => {
  it('reads no more records of either table than its page shows and one more', async () => {
    const kv = createMemoryKv();
    let read = 0;
    const counted: Kv = {
      ...kv,
      *entries(range?: KvRange) {
        for (const entry of kv.entries(range)) {
          read++;
          yield entry;
        }
      },
    };
    const { index } = await opened('enabled', counted);
    for (let round = 0; round < 3; round++)
      for (let n = 0; n < 50; n++) await index.putObject({ bucket, key: `k${n}` }, objectOf('x'), []);
    read = 0;
    const page = await index.listVersions(bucket, { prefix: '', delimiter: '', limit: 10 });
    assert.equal(page.items.length, 10);
    assert.ok(read <= 22, `${read} records`);
  });

  it('continues with older versions when the null version at its marker was removed', async () => {
    const { index } = await opened('enabled');
    await putId(index, 'oldest');
    await index.changeBucket(bucket, (record) => ({ ...record, versioning: 'suspended' }));
    await index.putObject(name, objectOf('null'), []);
    await index.deleteVersion(name, 'null');
    const request = { prefix: '', delimiter: '', limit: 10, after: name.key, afterVersion: 'null' as const };
    const { items } = await index.listVersions(bucket, request);
    assert.deepEqual(
      items.map((item) => item.type === 'entry' && item.value.version.etag),
      ['oldest'],
    );
  });
});

describe('the check of an index with versions', () => {
  let kv: Kv;
  let oldest: VersionId;
  const put = (key: Uint8Array, value: Uint8Array) => kv.write([{ type: 'put', key, value }]);
  const remove = (key: Uint8Array) => kv.write([{ type: 'delete', key }]);
  const recordAt = (key: Uint8Array) => objectRecord.decode(kv.get(key) ?? new Uint8Array());

  /** A null version, one with an id, and a current object of the key. */
  beforeEach(async () => {
    const suspended = await opened('suspended');
    kv = suspended.kv;
    await suspended.index.putObject(name, objectOf('null'), []);
    await suspended.index.changeBucket(bucket, (record) => ({ ...record, versioning: 'enabled' }));
    oldest = await putId(suspended.index, 'middle');
    await putId(suspended.index, 'newest');
  });

  it('finds nothing in a sound one, and counts its versions', () => {
    const check = checkIndex(kv);
    assert.ok(isIndexSound(check));
    assert.equal(check.tables['versions']?.records, 2);
  });

  const objectKey = keys.objectKey(bucket, name.key);
  const middleKey = () => versionKey(name, oldest === 'null' ? 0n : oldest.ordinal);
  const breaks: readonly (readonly [string, () => Promise<void>])[] = [
    ['an object is missing before a version that is no marker', () => remove(objectKey)],
    [
      'an object is older than a version',
      () => put(objectKey, objectRecord.encode({ ...recordAt(objectKey), ordinal: 1n })),
    ],
    [
      'an object is a delete marker',
      () => put(objectKey, objectRecord.encode({ ...recordAt(objectKey), isDeleteMarker: true })),
    ],
    ['the mark of the null version is missing', () => remove(nullVersionKey(name))],
    ['the mark of the null version names nothing', () => put(nullVersionKey({ bucket, key: 'x' }), ordinalValue(5n))],
    [
      'a version has another ordinal than its key',
      () => put(middleKey(), objectRecord.encode({ ...recordAt(middleKey()), ordinal: 3n })),
    ],
    ['a key of a version is damaged', () => put(utf8('v/b\0k\0'), kv.get(middleKey()) ?? new Uint8Array())],
    [
      'a key has two null versions',
      () => put(objectKey, objectRecord.encode({ ...recordAt(objectKey), isNull: true })),
    ],
  ];
  for (const [fault, cause] of breaks)
    it(`finds that ${fault}`, async () => {
      await cause();
      const check = checkIndex(kv);
      assert.ok(check.versionFaults > 0);
      assert.equal(isIndexSound(check), false);
    });

  it('counts a version that cannot be read', async () => {
    await put(middleKey(), Uint8Array.of(1, 2));
    assert.equal(checkIndex(kv).tables['versions']?.unreadable, 1);
  });
});

describe('settings of an object', () => {
  const settings = { tags: [['a', 'b']] as const, legalHold: true, owner: new Uint8Array(32).fill(9) };

  it('change without a new version, of the current object and of an earlier version', async () => {
    const { kv, index } = await opened('enabled');
    const first = await putId(index, 'first');
    const second = await putId(index, 'second');
    for (const versionId of [undefined, first]) {
      const before = await index.getObject(name, versionId);
      const after = await index.changeObject(name, versionId, () => settings);
      assert.deepEqual(after, { ...before, ...settings });
      assert.deepEqual(await index.getObject(name, versionId), after);
    }
    assert.equal((await index.getObject(name, second))?.etag, 'second');
    assert.equal((await index.listVersions(bucket, { prefix: '', delimiter: '', limit: 10 })).items.length, 2);
    assert.equal(isIndexSound(checkIndex(kv)), true);
  });

  it('stay as they are when the change throws', async () => {
    const { index } = await opened('never');
    await index.putObject(name, objectOf('a'), []);
    const refuse = () => {
      throw new Error('refused');
    };
    await assert.rejects(index.changeObject(name, undefined, refuse), /refused/);
    assert.equal((await index.getObject(name))?.legalHold, false);
  });

  it('of nothing and of a delete marker do not exist', async () => {
    const { index } = await opened('enabled');
    const isMissing = { code: 'OBJECT_NOT_FOUND' };
    await assert.rejects(
      index.changeObject(name, undefined, () => settings),
      isMissing,
    );
    await putId(index, 'a');
    const { versionId } = await index.deleteObject(name);
    for (const id of [undefined, parseVersionId(versionId ?? '')])
      await assert.rejects(
        index.changeObject(name, id, () => settings),
        isMissing,
      );
  });
});
