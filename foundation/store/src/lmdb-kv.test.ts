// What only the LMDB backend can show: threads, errors of the file system, and the lock of a directory.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, isCessError, utf8 } from '@cess/primitives';
import { lockDirectory, mapStorageError, openLmdb } from './index.js';

const code = (name: ErrorCode) => (thrown: unknown) => isCessError(thrown, name);

describe('lmdb', () => {
  const root = mkdtempSync(join(tmpdir(), 'cess-lmdb-'));
  after(() => rmSync(root, { recursive: true, force: true }));

  it('a commit in another thread is seen as soon as it is announced', async () => {
    const path = join(root, 'threads');
    const kv = openLmdb({ path });
    const worker = new Worker(new URL('./test-support/lmdb-writer.js', import.meta.url), { workerData: { path } });
    for (let i = 0; i < 20; i++) {
      worker.postMessage(i);
      await once(worker, 'message');
      assert.deepEqual(kv.get(utf8('counter')), utf8(String(i)));
    }
    worker.postMessage('stop');
    await once(worker, 'exit');
    await kv.close();
  });

  it('a path that cannot be a directory gives a coded error', () => {
    const file = join(root, 'file');
    writeFileSync(file, 'x');
    assert.throws(() => openLmdb({ path: file }), code('KV_IO'));
    assert.equal(mapStorageError(Object.assign(new Error('x'), { code: 'ENOSPC' }), file).code, 'KV_DISK_FULL');
    assert.equal(mapStorageError(Object.assign(new Error('x'), { code: 'EACCES' }), file).code, 'KV_PERMISSION');
    assert.equal(mapStorageError(Object.assign(new Error('x'), { code: -30796 }), file).code, 'KV_CORRUPT');
  });

  it('a foreign or cut-off file is refused before LMDB maps it', async () => {
    const path = join(root, 'foreign');
    mkdirSync(path);
    writeFileSync(join(path, 'data.mdb'), Buffer.alloc(20_000, 7));
    assert.throws(() => openLmdb({ path }), code('KV_CORRUPT'));
    writeFileSync(join(path, 'data.mdb'), Buffer.alloc(100, 0));
    assert.throws(() => openLmdb({ path }), code('KV_CORRUPT'));
    writeFileSync(join(path, 'data.mdb'), '');
    await openLmdb({ path }).close();
    await openLmdb({ path }).close();
  });

  const missing = ['bash', 'prlimit'].find((program) => spawnSync(program, ['--version']).status !== 0);
  for (const [what, args] of [
    ['a store whose disk is full rejects writes, and takes them again when there is space', []],
    ['a store whose disk stays full closes with all that it acknowledged', ['limited']],
  ] as const) {
    it(what, { skip: missing === undefined ? false : `${missing} is not installed` }, () => {
      const path = join(root, `limited ${args.length}`);
      const program = fileURLToPath(new URL('./test-support/lmdb-limited.js', import.meta.url));
      const script = 'trap "" XFSZ; ulimit -S -f 500; exec "$@"';
      const child = spawnSync('bash', ['-c', script, 'bash', process.execPath, program, path, ...args]);
      const { acknowledged, readable, codes, unhandled } = JSON.parse(child.stdout.toString());
      assert.ok(codes.length >= 5 && codes.every((name: string) => name === 'KV_IO'), String(codes));
      assert.deepEqual([readable, unhandled], [acknowledged, []]);
      if (args.length === 0) assert.deepEqual(acknowledged.slice(-7).sort(), [20, 21, 22, 23, 24, 25, 26]);
      assert.equal(child.status, 0);
    });
  }

  it('a directory has one holder; a killed holder does not keep it', async () => {
    const directory = join(root, 'locked');
    const lock = lockDirectory(directory);
    assert.throws(() => lockDirectory(directory), code('KV_LOCKED'));
    lock.release();
    lockDirectory(directory).release();

    const script = `const {lockDirectory}=await import(${JSON.stringify(new URL('./index.js', import.meta.url).href)});
      lockDirectory(${JSON.stringify(directory)}); console.log('held'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    assert.throws(() => lockDirectory(directory), code('KV_LOCKED'));
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockDirectory(directory).release();
  });
});
