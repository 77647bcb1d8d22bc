// IFACE-1: cess cp, ls, cat, rm, du and share against the embedded network; copies that were interrupted go on.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from '@cess/primitives/testing';
import { createBucket, createStorage, headObject, type StorageClient } from '@cess/sdk/storage';
import { lockFile } from '@cess/store';
import { repository, TestNetwork } from './support/network.js';

const MiB = 2 ** 20;

describe('objects on the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-objects-'));
  const path = (name: string) => join(folder, name);
  let network: TestNetwork;
  let storage: StorageClient;

  before(async () => {
    network = await TestNetwork.create();
    await network.start();
    const { endpoint, region, accessKeyId, secretAccessKey } = network.credentials;
    storage = createStorage({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
    await createBucket(storage, 'cli');
  });
  after(async () => {
    await network?.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  const cess = (...args: string[]) => network.cess(...args) as Promise<Record<string, unknown>>;

  it('IFACE-1: copies files there and back, lists, counts, shares, prints and removes them', async () => {
    const big = bytesOf(20 * MiB + 3);
    writeFileSync(path('big.bin'), big);
    writeFileSync(path('small.txt'), 'hello');
    assert.equal((await cess('cp', path('big.bin'), 's3://cli/folder/'))['bytes'], big.length);
    await cess('cp', path('small.txt'), 's3://cli/small.txt');
    await cess('cp', 's3://cli/small.txt', 's3://cli/folder/copy.txt');
    await cess('cp', 's3://cli/folder/big.bin', path('back.bin'));
    assert.ok(readFileSync(path('back.bin')).equals(big));
    const { stdout } = await network.cessText('cat', 's3://cli/folder/copy.txt');
    assert.equal(stdout, 'hello');
    const listed = (await cess('ls', 's3://cli/')) as unknown as { readonly name: string }[];
    assert.deepEqual(
      listed.map(({ name }) => name),
      ['s3://cli/folder/', 's3://cli/small.txt'],
    );
    assert.ok(((await cess('ls')) as unknown as { readonly name: string }[]).some(({ name }) => name === 's3://cli'));
    const usage = await cess('du', 's3://cli/folder/');
    assert.deepEqual([usage['objects'], usage['bytes']], [2, big.length + 5]);
    const { url } = await cess('share', 's3://cli/small.txt', '--expires', '60');
    assert.equal(await (await fetch(String(url))).text(), 'hello');
    assert.equal((await cess('rm', '--recursive', 's3://cli/folder/'))['removed'], 2);
    await assert.rejects(cess('cat', 's3://cli/folder/copy.txt'), /STORAGE_NOT_FOUND/);
    await assert.rejects(cess('share', 's3://cli/small.txt', '--expires', '0'), /EXPIRY_INVALID/);
    await assert.rejects(cess('cp', path('none'), 's3://cli/x'), /FILE_UNREADABLE/);
    await assert.rejects(cess('cp', path('big.bin'), path('x')), /LOCATION_MALFORMED/);
  });

  it('IFACE-1: cess bucket usage counts a bucket, and without a name lists samples of the account', async () => {
    await createBucket(storage, 'counted');
    writeFileSync(path('counted.txt'), 'hello');
    await cess('cp', path('counted.txt'), 's3://counted/');
    const usage = await cess('bucket', 'usage', 'counted');
    assert.deepEqual(usage, { objects: 1, versions: 1, deleteMarkers: 0, bytes: 5 });
    const year = await cess('bucket', 'usage', '--period', 'year');
    assert.deepEqual([year['period'], year['interval']], ['year', 'day']);
    const samples = year['samples'] as { time: string; bytes: number; requests: number }[];
    // The gateway counts when it starts.
    assert.equal(samples.length, 1);
    const { stdout, stderr } = await network.cessText('bucket', 'usage');
    assert.match(
      stdout,
      /^time +objects +versions +size +requests +received +sent\n\d{4}-.*Z +\d+ +\d+ +\d+ B +\d+ +[\d.]+ \w+ +[\d.]+ \w+$/m,
    );
    assert.match(stderr, /The gateway takes the next sample at /);
    await assert.rejects(cess('bucket', 'usage', '--period', 'decade'), /Allowed choices are day, week, month, year/);
  });

  it('IFACE-1: a download goes on behind what an earlier attempt has synced, whatever a power cut made of the rest', async () => {
    const body = bytesOf(44 * MiB);
    writeFileSync(path('source'), body);
    await cess('cp', path('source'), 's3://cli/resumed');
    const { etag } = await headObject(storage, { bucket: 'cli', key: 'resumed' });
    const part = `target.${etag.replace(/[^\w-]/g, '').slice(0, 40)}.part`;
    writeFileSync(path(part), body.subarray(0, 16 * MiB));
    truncateSync(path(part), 40 * MiB);
    assert.equal((await cess('cp', 's3://cli/resumed', path('target')))['resumedAtBytes'], 16 * MiB);
    assert.ok(readFileSync(path('target')).equals(body));
    assert.ok(!readdirSync(folder).some((name) => name.endsWith('.part')));
  });

  it('IFACE-1: of two downloads of one object into one file at the same time, one may be refused; the file is whole', async () => {
    const body = bytesOf(40 * MiB);
    writeFileSync(path('source'), body);
    await cess('cp', path('source'), 's3://cli/twice');
    const { etag } = await headObject(storage, { bucket: 'cli', key: 'twice' });
    const copy = () => cess('cp', 's3://cli/twice', path('twice'));
    const lock = lockFile(path(`twice.${etag.replace(/[^\w-]/g, '').slice(0, 40)}.part`));
    await assert.rejects(copy(), /DOWNLOAD_RUNNING/);
    assert.ok(!existsSync(path('twice')));
    lock.release();
    const ends = await Promise.allSettled([copy(), copy(), copy()]);
    assert.ok(ends.some(({ status }) => status === 'fulfilled'));
    for (const end of ends) if (end.status === 'rejected') assert.match(String(end.reason), /DOWNLOAD_RUNNING/);
    assert.ok(readFileSync(path('twice')).equals(body));
    assert.ok(!readdirSync(folder).some((name) => /^twice\./.test(name)), 'neither a part nor a lock is left');
    await assert.rejects(cess('cp', 's3://cli/twice', path('missing/folder/twice')), /ENOENT/);
    assert.ok(!existsSync(path('missing')));
  });

  it('IFACE-1: an upload whose process was killed goes on with the parts that are stored', async () => {
    const body = bytesOf(96 * MiB);
    writeFileSync(path('large'), body);
    const program = join(repository, 'interface/cli/bin/cess.mjs');
    const child = spawn(process.execPath, [program, 'cp', path('large'), 's3://cli/large'], {
      env: { ...process.env, ...network.environment },
      stdio: 'ignore',
    });
    const uploads = join(network.home, 'uploads');
    const storedParts = (): number => {
      const [file] = existsSync(uploads) ? readdirSync(uploads).filter((name) => name.endsWith('.json')) : [];
      const state = file === undefined ? '{"parts":[]}' : readFileSync(join(uploads, file), 'utf8');
      return (JSON.parse(state) as { readonly parts: readonly unknown[] }).parts.length;
    };
    await eventually(() => storedParts() > 0, 'a stored part', 2);
    child.kill('SIGKILL');
    await once(child, 'exit');
    // Of another upload, cut by a power cut.
    const [own = ''] = readdirSync(uploads).filter((name) => name.endsWith('.json'));
    const state = readFileSync(join(uploads, own));
    writeFileSync(join(uploads, own), state.subarray(0, state.length / 2));
    assert.equal((await cess('cp', path('large'), 's3://cli/large'))['resumedAtBytes'], 0);
    writeFileSync(join(uploads, own), state);
    const copied = await cess('cp', path('large'), 's3://cli/large');
    assert.ok(Number(copied['resumedAtBytes']) >= 8 * MiB, JSON.stringify(copied));
    await cess('cp', 's3://cli/large', path('large-back'));
    assert.ok(readFileSync(path('large-back')).equals(body));
    assert.deepEqual(readdirSync(uploads), []);
  });
});

function bytesOf(length: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(length));
}
