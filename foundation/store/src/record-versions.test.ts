// The upgrade that gives records their version byte, interrupted after every write.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CessError, concatBytes, toHex, utf8 } from '@cess/primitives';
import { addRecordVersions, createMemoryKv, type Kv, openVersioned } from './index.js';

const network = new Uint8Array([7]);
const tables = [utf8('z/'), utf8('a/')];
const versioned = (version: number) => ({ format: 'sample', version, networkId: network });

async function unversionedStore(): Promise<Kv> {
  const kv = createMemoryKv();
  await openVersioned(kv, versioned(1));
  await kv.write(
    ['a/1', 'a/2', 'a/3', 'm/untouched', 'z/1', 'z/2'].map((key) => ({
      type: 'put',
      key: utf8(key),
      value: utf8(`value of ${key}`),
    })),
  );
  return kv;
}

const upgrade = (kv: Kv, batchRecords?: number) =>
  openVersioned(kv, {
    ...versioned(2),
    upgrade: (store) => addRecordVersions(store, { tables, ...(batchRecords === undefined ? {} : { batchRecords }) }),
  });

/** All records; the format stamp and whatever the upgrade keeps sort before `a`. */
const records = (kv: Kv) => [...kv.entries({ gte: utf8('a') })].map(([key, value]) => [toHex(key), toHex(value)]);
const hidden = (kv: Kv) => [...kv.entries({ lt: utf8('a') })].length;

const upgraded = ['a/1', 'a/2', 'a/3', 'm/untouched', 'z/1', 'z/2'].map((key) => {
  const value = utf8(`value of ${key}`);
  return [toHex(utf8(key)), toHex(key.startsWith('m') ? value : concatBytes(Uint8Array.of(1), value))];
});

/** A store whose writes fail after the first `allowed`. */
function failingAfter(kv: Kv, allowed: number): Kv {
  let writes = 0;
  return {
    get: (key) => kv.get(key),
    has: (key) => kv.has(key),
    entries: (range) => kv.entries(range),
    close: () => kv.close(),
    write: (operations, options) => {
      if (++writes > allowed) return Promise.reject(new CessError('KV_CLOSED', 'The process was killed.'));
      return kv.write(operations, options);
    },
  };
}

describe('addRecordVersions', () => {
  it('puts the version byte in front of the records of the named tables only', async () => {
    const kv = await unversionedStore();
    await upgrade(kv);
    assert.deepEqual(records(kv), upgraded);
    assert.equal(hidden(kv), 1, 'only the stamp is left beside the records');
  });

  it('gives every record the byte exactly once, whichever write a crash interrupts', async () => {
    for (let allowed = 0; allowed < 8; allowed++) {
      const kv = await unversionedStore();
      await upgrade(failingAfter(kv, allowed), 1).catch(() => undefined);
      await upgrade(kv, 2);
      assert.deepEqual(records(kv), upgraded, `crash after ${allowed} writes`);
      assert.equal(hidden(kv), 1, `crash after ${allowed} writes`);
    }
  });
});
