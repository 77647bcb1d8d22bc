// Rotation of bucket keys over an index in memory: which keys open the wraps of a bucket before, during and after, and crashes at every write.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { x25519PairFromSecret } from '@cess/crypto';
import {
  type BucketRecord,
  isRotatingKey,
  isSameBucket,
  keyRotationOf,
  type NewFile,
  ObjectIndex,
  plainSettings,
  withNewKey,
} from '@cess/object-index';
import { concatBytes, isCessError, present, utf8 } from '@cess/primitives';
import type { StreamLock } from '@cess/sealing';
import { createMemoryKv, type Kv } from '@cess/store';
import { killedAt } from '../test-support/killed-store.js';
import { testPorts } from '../test-support/test-gateway.js';
import { BucketKeys } from './bucket-keys.js';
import { KeyRotator } from './key-rotator.js';

const name = 'b';
const signal = new AbortController().signal;
const ownerKey = x25519PairFromSecret(new Uint8Array(32).fill(8)).publicKey;
const keys = new BucketKeys(x25519PairFromSecret(new Uint8Array(32).fill(42)));
const customer: StreamLock = { type: 'customer', key: new Uint8Array(32).fill(6) };
const named: StreamLock = { type: 'named', version: 3, key: new Uint8Array(32).fill(7), context: utf8('{}') };

let kv: Kv;
let index: ObjectIndex;
let rotator: KeyRotator;
beforeEach(async () => {
  kv = createMemoryKv();
  open(kv);
  await createBucket(name);
});

/** Starts index and rotator over a store, as a restart does. */
function open(store: Kv): void {
  index = new ObjectIndex(store, { nowMs: () => 1000, randomBytes: (length) => new Uint8Array(length).fill(1) });
  rotator = new KeyRotator({ ...testPorts, index, keys, pageSize: 4 });
}

async function createBucket(bucket: string, createdAtMs = 1): Promise<void> {
  const own = { owner: new Uint8Array(32), territory: 't', region: 'r', createdAtMs, configurations: [] };
  await index.createBucket(bucket, { ...own, versioning: 'never', keyWraps: keys.create(ownerKey) });
}

const idOf = (seed: number) => new Uint8Array(32).fill(seed);
const bucketNow = async (bucket = name): Promise<BucketRecord> => present(await index.getBucket(bucket), 'the bucket');

/** A stored file, as the data path hands it to the index. */
function fileOf(seed: number, lock?: StreamLock): NewFile {
  const id = idOf(seed);
  const sizes = { plaintextLength: 10, ciphertextLength: 26, storedBytes: 52, segmentCount: 1, createdAtMs: 1 };
  return {
    fileId: id,
    file: { owner: new Uint8Array(32), territory: 't', orderId: id, streamId: id, ...sizes },
    wrapKey: (bucket) => keys.wrapStream(bucket, id, idOf(seed), lock),
    segments: [{ k: 1, ciphertextLength: 26, fragments: [] }],
  };
}

const extentsOf = (file: NewFile) => [{ fileId: file.fileId, offset: 0, length: 10 }];
const objectOf = (file: NewFile) => ({
  ...{ size: 10, etag: 'e', lastModifiedMs: 1, contentType: '', headers: [], metadata: [], checksums: [] },
  checksumType: 'FULL_OBJECT' as const,
  extents: extentsOf(file),
});

async function put(seed: number, lock?: StreamLock, bucket = name): Promise<void> {
  const file = fileOf(seed, lock);
  await index.putObject({ bucket, key: `k${seed}` }, objectOf(file), [file]);
}

/** Whether the stream key of a file opens with the keys of this record of the bucket. */
async function opens(seed: number, bucket: BucketRecord, lock?: StreamLock, bucketName = name): Promise<boolean> {
  const file = present(await index.getFile(idOf(seed)), 'the file');
  const own = present(
    file.keyWraps.find((wrap) => wrap.bucket === bucketName),
    'the wrap',
  );
  try {
    const lockFor = lock === undefined ? undefined : () => lock;
    assert.deepEqual(keys.unwrapStream(bucket, file.streamId, own.wrap, lockFor), idOf(seed));
    return true;
  } catch (error) {
    if (isCessError(error, 'WRAP_INVALID')) return false;
    throw error;
  }
}

const begin = async () => rotator.begin(name, await bucketNow(), ownerKey);
const round = () => rotator.runRound(signal);

describe('a rotation', () => {
  it('moves every stream key to the new key and removes the old one', async () => {
    for (let seed = 1; seed <= 10; seed++) await put(seed);
    const before = await bucketNow();
    await begin();
    await round();
    const after = await bucketNow();
    assert.equal(after.keyWraps.length, before.keyWraps.length);
    for (let seed = 1; seed <= 10; seed++) {
      assert.ok(await opens(seed, after), `${seed}: under the new key`);
      assert.ok(!(await opens(seed, before)), `${seed}: not under the old key`);
    }
    assert.equal(keyRotationOf(after)?.rewrapped, 10);
    assert.ok(!isRotatingKey(after));
  });

  it('leaves stream keys of both keys readable, and new ones are under the new key at once', async () => {
    await put(1);
    const before = await bucketNow();
    const during = await begin();
    await put(2);
    assert.deepEqual([await opens(1, during), await opens(2, during)], [true, true]);
    assert.deepEqual([await opens(1, before), await opens(2, before)], [true, false]);
  });

  it('needs no keys of customers and no named keys', async () => {
    await put(1, customer);
    await put(2, named);
    const before = await bucketNow();
    await begin();
    await round();
    const after = await bucketNow();
    assert.deepEqual([await opens(1, after, customer), await opens(2, after, named)], [true, true]);
    assert.deepEqual([await opens(1, before, customer), await opens(2, before, named)], [false, false]);
  });

  it('does not touch the keys of other buckets', async () => {
    await createBucket('other');
    await put(1, undefined, 'other');
    const wraps = (await index.getFile(idOf(1)))?.keyWraps;
    await begin();
    await round();
    assert.deepEqual((await index.getFile(idOf(1)))?.keyWraps, wraps);
  });

  it('is refused while another one of the bucket runs, and can be repeated after it', async () => {
    await put(1);
    await begin();
    await assert.rejects(begin(), { code: 'KEY_ROTATION_RUNNING' });
    await round();
    const second = await begin();
    await round();
    assert.ok(await opens(1, await bucketNow()));
    assert.ok(await opens(1, second));
  });

  it('is refused by a gateway that cannot open the key of the bucket', async () => {
    const foreign = new BucketKeys(x25519PairFromSecret(new Uint8Array(32).fill(43)));
    rotator = new KeyRotator({ ...testPorts, index, keys: foreign });
    const before = await bucketNow();
    await assert.rejects(begin(), { code: 'GATEWAY_KEY_MISSING' });
    assert.deepEqual(await bucketNow(), before);
  });

  it('is refused for a bucket that was created again under the name', async () => {
    const seen = await bucketNow();
    await index.deleteBucket(name);
    await createBucket(name);
    await assert.rejects(rotator.begin(name, seen, ownerKey), { code: 'BUCKET_NOT_FOUND' });
  });

  it('ends although wraps of a deleted bucket of the same name open with no key', async () => {
    await createBucket('other');
    await put(1, undefined, 'other');
    const copy = await index.getObject({ bucket: 'other', key: 'k1' });
    await index.copyObject(
      { bucket: name, key: 'copy' },
      { bucket: 'other', key: 'k1' },
      () => present(copy, 'the object'),
      ({ streamId }, { to }) => keys.wrapStream(to, streamId, idOf(1)),
    );
    await index.deleteObject({ bucket: name, key: 'copy' });
    await index.deleteBucket(name);
    await createBucket(name, 2);
    await begin();
    await round();
    assert.ok(!isRotatingKey(await bucketNow()));
  });
});

describe('during a rotation', () => {
  it('an upload that began before enters under the new key, also when the old one is removed already', async () => {
    const early = await bucketNow();
    await begin();
    await put(1);
    await round();
    await put(2);
    const after = await bucketNow();
    assert.ok(isSameBucket(early, after), 'preconditions of writes hold');
    for (const seed of [1, 2]) assert.deepEqual([await opens(seed, after), await opens(seed, early)], [true, false]);
  });

  it('parts of uploads move, and new ones are under the new key', async () => {
    const upload = { bucket: name, key: 'k', uploadId: '0'.repeat(32) };
    const described = { initiatedAtMs: 1, contentType: '', headers: [], metadata: [], checksumAlgorithm: undefined };
    await index.createUpload(upload, { ...plainSettings, ...described, checksumType: 'COMPOSITE' });
    const enter = (number: number, file: NewFile) => {
      const part = { size: 10, etag: 'e', lastModifiedMs: 1, checksums: [], extents: extentsOf(file) };
      return index.putPart(upload, number, part, [file]);
    };
    await enter(1, fileOf(1));
    const late = fileOf(2);
    const before = await bucketNow();
    await begin();
    await round();
    await enter(2, late);
    const after = await bucketNow();
    for (const seed of [1, 2]) assert.deepEqual([await opens(seed, after), await opens(seed, before)], [true, false]);
  });

  it('copies to and from the bucket are wrapped under the keys that both buckets have in their transaction', async () => {
    await createBucket('other');
    await put(1);
    await put(2, undefined, 'other');
    const before = await bucketNow();
    const copy = async (from: string, to: string, seed: number) => {
      const object = present(await index.getObject({ bucket: from, key: `k${seed}` }), 'the object');
      const source = { bucket: from, key: `k${seed}` };
      await index.copyObject(
        { bucket: to, key: 'copy' },
        source,
        () => object,
        (file, buckets) => {
          const own = present(
            file.keyWraps.find(({ bucket }) => bucket === from),
            'the wrap',
          );
          const { streamId } = file;
          return keys.wrapStream(buckets.to, streamId, keys.unwrapStream(buckets.from, streamId, own.wrap));
        },
      );
    };
    await begin();
    await copy(name, 'other', 1);
    await copy('other', name, 2);
    await round();
    const after = await bucketNow();
    for (const seed of [1, 2]) {
      assert.deepEqual([await opens(seed, after), await opens(seed, before)], [true, false]);
      assert.ok(await opens(seed, await bucketNow('other'), undefined, 'other'));
    }
  });

  it('a record of a file that cannot be read keeps the old key until it is repaired', async () => {
    for (const seed of [1, 2]) await put(seed);
    const fileKey = concatBytes(utf8('f/'), idOf(2));
    const record = present(kv.get(fileKey), 'the record');
    await kv.write([{ type: 'put', key: fileKey, value: record.subarray(0, 20) }], { durable: true });
    await begin();
    await round();
    const blocked = await bucketNow();
    assert.deepEqual([rotator.setAside.size, isRotatingKey(blocked)], [1, true]);
    assert.ok(await opens(1, blocked));
    await kv.write([{ type: 'put', key: fileKey, value: record }], { durable: true });
    rotator.setAside.retryAll();
    await round();
    const after = await bucketNow();
    assert.deepEqual([await opens(2, after), isRotatingKey(after)], [true, false]);
  });

  it('a bucket that is deleted ends the rotation', async () => {
    await begin();
    await index.deleteBucket(name);
    await round();
    assert.equal(rotator.setAside.size, 0);
  });
});

describe('any order of requests and pages of rotations', () => {
  it('leaves every file readable, and none under a key that was removed', async () => {
    let state = 1;
    const random = (below: number) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    await createBucket('other');
    const buckets = [name, 'other'];
    const begun = new Map<string, { readonly file: NewFile; readonly bucket: string }>();
    const step = (bucket: string) =>
      index.rewrapKeys(bucket, {
        limit: 3,
        nowMs: 1,
        renew: (current, { streamId }, wrap) => keys.renew(current, streamId, wrap),
      });
    const copy = async (from: string, to: string, key: string) => {
      const object = await index.getObject({ bucket: from, key });
      if (object === undefined || from === to) return;
      await index.copyObject(
        { bucket: to, key },
        { bucket: from, key },
        () => object,
        (file, { from: source, to: target }) => {
          const own = present(
            file.keyWraps.find(({ bucket }) => bucket === from),
            'the wrap',
          );
          return keys.wrapStream(target, file.streamId, keys.unwrapStream(source, file.streamId, own.wrap));
        },
      );
    };
    for (let seed = 1; seed <= 200; seed++) {
      const bucket = present(buckets[random(2)], 'a bucket');
      begun.set(`k${seed}`, { file: fileOf(seed), bucket });
      const [key, first] = present([...begun][random(begun.size)], 'an upload');
      await index.putObject({ bucket: first.bucket, key }, objectOf(first.file), [first.file]);
      begun.delete(key);
      await copy(first.bucket, present(buckets[random(2)], 'a bucket'), key);
      if (random(4) === 0) await index.deleteObject({ bucket, key: `k${1 + random(seed)}` });
      const record = await bucketNow(bucket);
      if (isRotatingKey(record)) for (let steps = random(8); steps > 0; steps--) await step(bucket);
      else await rotator.begin(bucket, record, ownerKey);
    }
    for (const bucket of buckets) {
      const { items } = await index.listObjects(bucket, { prefix: '', delimiter: '', limit: 1000 });
      assert.ok(items.length > 20);
      const opened = async () => {
        const record = await bucketNow(bucket);
        for (const { name: key } of items) assert.ok(await opens(Number(key.slice(1)), record, undefined, bucket), key);
      };
      await opened();
      await round();
      assert.equal((await bucketNow(bucket)).keyWraps.length, 2);
      await opened();
    }
  });
});

describe('buckets', () => {
  it('created under one name in the same millisecond are told apart, also after rotations', async () => {
    const first = await bucketNow();
    const rotated = withNewKey(first, keys.create(ownerKey), 5);
    await index.deleteBucket(name);
    await createBucket(name);
    const second = await bucketNow();
    assert.deepEqual([isSameBucket(first, rotated), isSameBucket(rotated, second)], [true, false]);
    assert.ok(!isSameBucket(withNewKey(second, keys.create(ownerKey), 5), rotated));
  });
});

describe('a crash', () => {
  it('at any write loses no stream key, and the rotation ends after the restart', async () => {
    let finishedBeforeCrash = false;
    for (let writes = 0; !finishedBeforeCrash; writes++) {
      kv = createMemoryKv();
      open(kv);
      await createBucket(name);
      for (let seed = 1; seed <= 10; seed++) await put(seed);
      const before = await bucketNow();
      open(killedAt(kv, writes));
      const crashed = await begin()
        .then(round)
        .then(
          () => false,
          () => true,
        );
      finishedBeforeCrash = !crashed;
      open(kv);
      const found = await bucketNow();
      for (let seed = 1; seed <= 10; seed++) assert.ok(await opens(seed, found), `${writes}: ${seed} after the crash`);
      await round();
      if (keyRotationOf(found) === undefined) assert.deepEqual(found, before, `${writes}: nothing was begun`);
      else {
        const after = await bucketNow();
        assert.equal(after.keyWraps.length, before.keyWraps.length, `${writes}: the old key is gone`);
        for (let seed = 1; seed <= 10; seed++)
          assert.deepEqual([await opens(seed, after), await opens(seed, before)], [true, false], `${writes}: ${seed}`);
        assert.equal(keyRotationOf(after)?.rewrapped, 10, `${writes}: each key is counted once`);
      }
      assert.ok(writes < 50, 'the rotation ends');
    }
  });
});
