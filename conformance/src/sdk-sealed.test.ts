// IFACE-1: objects that the SDK seals: the gateway's memory and disk hold neither plaintext nor key; only the key under the right name opens them.
import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isCessError } from '@cess/sdk';
import {
  copyObject,
  createBucket,
  createEncryptionKey,
  createStorage,
  getObject,
  getSealedObject,
  headObject,
  putObject,
  putSealedObject,
  type StorageClient,
} from '@cess/sdk/storage';
import { TestNetwork } from './support/network.js';

const bucket = 'sealed';
const isLinux = existsSync('/proc/self/maps');

describe('objects that the SDK seals', () => {
  let network: TestNetwork;
  let storage: StorageClient;
  const encryptionKey = createEncryptionKey();

  before(async () => {
    network = await TestNetwork.create();
    await network.start();
    const { endpoint, region, accessKeyId, secretAccessKey } = network.credentials;
    storage = createStorage({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
    await createBucket(storage, bucket);
  });
  after(() => network?.destroy());

  it('IFACE-1: bodies of all lengths around a frame are read equal, whole and in ranges', async () => {
    for (const length of [0, 1, 65_519, 65_520, 65_521, 131_040, 9 * 2 ** 20 + 5]) {
      const body = bytesOf(length);
      const key = `length-${length}`;
      await putSealedObject(storage, {
        bucket,
        key,
        body,
        encryptionKey,
        partSizeBytes: 5 * 2 ** 20,
        metadata: { who: 'me' },
      });
      const object = await getSealedObject(storage, { bucket, key, encryptionKey });
      assert.deepEqual([object.sizeBytes, object.metadata['who']], [length, 'me']);
      assert.ok(Buffer.from(await object.bytes()).equals(body), key);
      if (length < 3) continue;
      for (const range of [
        { firstByte: 0, lastByte: 0 },
        { firstByte: length - 2 },
        { firstByte: 1, lastByte: length - 2 },
      ]) {
        const part = await getSealedObject(storage, { bucket, key, encryptionKey, range });
        const end = range.lastByte === undefined ? length : range.lastByte + 1;
        assert.ok(Buffer.from(await part.bytes()).equals(body.subarray(range.firstByte, end)), JSON.stringify(range));
      }
    }
  });

  it('IFACE-1: a plain GET is refused with a clear error, unless it asks for ciphertext', async () => {
    await putSealedObject(storage, { bucket, key: 'refused', body: 'secret text', encryptionKey });
    await assert.rejects(getObject(storage, { bucket, key: 'refused' }), (error) => {
      assert.ok(isCessError(error, 'STORAGE_REFUSED'));
      assert.deepEqual([error.data.status, error.data.code], [409, 'ObjectSealedByClient']);
      assert.match(error.message, /encrypted by the client/);
      return true;
    });
    const ciphertext = await getObject(storage, { bucket, key: 'refused', asCiphertext: true });
    assert.equal(ciphertext.sizeBytes, 'secret text'.length + 16);
    assert.ok(!(await ciphertext.text()).includes('secret'));
  });

  it('IFACE-1: another key, another name and every change of the bytes are found', async () => {
    const body = bytesOf(200_000);
    await putSealedObject(storage, { bucket, key: 'original', body, encryptionKey });
    const isInvalid = (error: unknown) => isCessError(error, 'SEALED_OBJECT_INVALID');
    await assert.rejects(
      getSealedObject(storage, { bucket, key: 'original', encryptionKey: createEncryptionKey() }),
      isInvalid,
    );
    await copyObject(storage, { from: { bucket, key: 'original' }, to: { bucket, key: 'copy' } });
    await assert.rejects(getSealedObject(storage, { bucket, key: 'copy', encryptionKey }), isInvalid);
    await putObject(storage, { bucket, key: 'plain', body: 'not sealed' });
    await assert.rejects(getSealedObject(storage, { bucket, key: 'plain', encryptionKey }), isInvalid);
    const { metadata } = await headObject(storage, { bucket, key: 'original' });
    const sealed = await (await getObject(storage, { bucket, key: 'original', asCiphertext: true })).bytes();
    const changes: Readonly<Record<string, Uint8Array>> = {
      'a changed byte': sealed.map((byte, index) => (index === 70_000 ? byte ^ 1 : byte)),
      'a cut end': sealed.subarray(0, 2 * 65_536),
      'swapped frames': Buffer.concat([
        sealed.subarray(65_536, 131_072),
        sealed.subarray(0, 65_536),
        sealed.subarray(131_072),
      ]),
      'an appended frame': Buffer.concat([sealed, sealed.subarray(0, 65_536)]),
    };
    for (const [what, bytes] of Object.entries(changes)) {
      await putObject(storage, { bucket, key: 'original', body: bytes, metadata });
      const read = getSealedObject(storage, { bucket, key: 'original', encryptionKey }).then((object) =>
        object.bytes(),
      );
      await assert.rejects(read, isInvalid, what);
    }
  });

  it('IFACE-1: the memory and the disk of the gateway hold neither plaintext nor key', { skip: !isLinux }, async () => {
    const secret = randomBytes(48);
    const known = randomBytes(48);
    const repeat = (marker: Uint8Array) => Buffer.concat(Array.from({ length: 40_000 }, () => marker));
    await putSealedObject(storage, { bucket, key: 'marker', body: repeat(secret), encryptionKey });
    const object = await getSealedObject(storage, { bucket, key: 'marker', encryptionKey });
    assert.ok(Buffer.from(await object.bytes()).equals(repeat(secret)));
    // What the gateway does see is found: the search works.
    await putObject(storage, {
      bucket,
      key: 'plain-marker',
      body: repeat(known),
      metadata: { known: known.toString('hex') },
    });
    const wanted = {
      secret,
      key: Buffer.from(encryptionKey),
      keyText: Buffer.from(Buffer.from(encryptionKey).toString('hex')),
      known,
    };
    const inMemory = searchMemory(network.pid, wanted);
    assert.deepEqual([inMemory.secret, inMemory.key, inMemory.keyText], [0, 0, 0]);
    assert.ok(inMemory.known > 0, 'the plaintext of a plain object is found in memory');
    const text = { ...wanted, known: Buffer.from(known.toString('hex')) };
    const onDisk = searchFolder(join(network.home), text);
    assert.deepEqual([onDisk.secret, onDisk.key, onDisk.keyText], [0, 0, 0]);
    assert.ok(onDisk.known > 0, 'the metadata of a plain object are found on disk');
  });
});

function bytesOf(length: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, length), Buffer.alloc(16)).update(Buffer.alloc(length));
}

type Found<Name extends string> = Record<Name, number>;

function countIn<Name extends string>(bytes: Buffer, wanted: Readonly<Record<Name, Buffer>>, found: Found<Name>): void {
  for (const [name, marker] of Object.entries(wanted) as [Name, Buffer][]) if (bytes.includes(marker)) found[name]++;
}

function nothingFound<Name extends string>(wanted: Readonly<Record<Name, Buffer>>): Found<Name> {
  return Object.fromEntries(Object.keys(wanted).map((name) => [name, 0])) as Found<Name>;
}

/** In how many mapped regions of a process the markers are. */
function searchMemory<Name extends string>(pid: number, wanted: Readonly<Record<Name, Buffer>>): Found<Name> {
  const found = nothingFound(wanted);
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (from === undefined || to === undefined) continue;
      searchRegion(memory, { start: BigInt(`0x${from}`), end: BigInt(`0x${to}`) }, (bytes) =>
        countIn(bytes, wanted, found),
      );
    }
  } finally {
    closeSync(memory);
  }
  return found;
}

const pieceBytes = 16 * 2 ** 20;
const overlapBytes = 128;

function searchRegion(
  file: number,
  { start, end }: { start: bigint; end: bigint },
  search: (bytes: Buffer) => void,
): void {
  const piece = Buffer.alloc(pieceBytes);
  for (let at = start; at < end; at += BigInt(pieceBytes - overlapBytes)) {
    const length = Number(end - at < BigInt(pieceBytes) ? end - at : BigInt(pieceBytes));
    try {
      search(piece.subarray(0, readSync(file, piece, 0, length, at)));
    } catch {
      // A region that the process has given back, or that is reserved only.
      return;
    }
  }
}

/** In how many files below a folder the markers are. */
function searchFolder<Name extends string>(folder: string, wanted: Readonly<Record<Name, Buffer>>): Found<Name> {
  const found = nothingFound(wanted);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
    countIn(readFileSync(path), wanted, found);
  }
  return found;
}
