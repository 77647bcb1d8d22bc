// Expiry of versions: the decision is taken about what a version is at the time of the transaction.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createMemoryKv } from '@cess/store';
import { ObjectIndex, parseVersionId, type VersionId, type VersionPlace } from './index.js';
import { bucketOf, objectOf } from './test-support/samples.js';

const bucket = 'b';
const name = { bucket, key: 'k' };

let index: ObjectIndex;
beforeEach(async () => {
  index = new ObjectIndex(createMemoryKv());
  await index.createBucket(bucket, { ...bucketOf(), versioning: 'enabled' });
});

const idOf = (text: string | undefined): VersionId => {
  const id = parseVersionId(text ?? '');
  assert.ok(id !== undefined);
  return id;
};
const put = async () => idOf((await index.putObject(name, objectOf('e'), [])).versionId);

async function placeOf(id: VersionId): Promise<VersionPlace | undefined> {
  let seen: VersionPlace | undefined;
  await index.expireVersion(name, id, (_version, place) => {
    seen = place;
    return 'keep';
  });
  return seen;
}

describe('the place of a version', () => {
  it('counts the noncurrent versions that are newer', async () => {
    const ids = [await put(), await put(), await put()] as const;
    assert.deepEqual(await placeOf(ids[2]), { isNewest: true, newerNoncurrent: 0, isOnly: false });
    assert.deepEqual(await placeOf(ids[1]), { isNewest: false, newerNoncurrent: 0, isOnly: false });
    assert.deepEqual(await placeOf(ids[0]), { isNewest: false, newerNoncurrent: 1, isOnly: false });
  });

  it('does not count a delete marker on top as noncurrent', async () => {
    const id = await put();
    const marker = idOf((await index.deleteObject(name)).versionId);
    assert.deepEqual(await placeOf(id), { isNewest: false, newerNoncurrent: 0, isOnly: false });
    assert.deepEqual(await placeOf(marker), { isNewest: true, newerNoncurrent: 0, isOnly: false });
    await index.deleteVersion(name, id);
    assert.deepEqual(await placeOf(marker), { isNewest: true, newerNoncurrent: 0, isOnly: true });
  });
});

describe('expiry', () => {
  it('keeps a noncurrent version that became current since it was seen', async () => {
    const id = await put();
    await index.deleteVersion(name, await put());
    const deletion = await index.expireVersion(name, id, (_version, { isNewest }) => (isNewest ? 'keep' : 'remove'));
    assert.equal(deletion, undefined);
    assert.equal((await index.getObject(name))?.etag, 'e');
  });

  it('removes a version once, and finds nothing the second time', async () => {
    const id = await put();
    assert.equal((await index.expireVersion(name, id, () => 'remove'))?.existed, true);
    assert.equal(await index.expireVersion(name, id, () => 'remove'), undefined);
  });

  it('puts a delete marker on top of a current version, and keeps it', async () => {
    const id = await put();
    assert.equal((await index.expireVersion(name, id, () => 'add-delete-marker'))?.isDeleteMarker, true);
    assert.equal(await index.getObject(name), undefined);
    assert.equal((await index.getObject(name, id))?.etag, 'e');
  });
});
