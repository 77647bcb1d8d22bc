import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDeferred } from '@cess/primitives';
import type { FragmentFile } from './fs-port.js';
import { SharedFiles } from './shared-files.js';

const rootOf = (number: number) => Uint8Array.of(number >> 8, number);

/** Files that count how often they are opened and closed. */
class CountedFiles {
  opened = 0;
  closed = 0;
  readonly shared = new SharedFiles(async () => {
    this.opened++;
    return { size: async () => 7, close: async () => void this.closed++ } as unknown as FragmentFile;
  });

  read(number: number): Promise<number> {
    return this.shared.with(rootOf(number), (file) => file.size());
  }
}

describe('shared files', () => {
  it('a file is opened once for many reads, also for concurrent ones', async () => {
    const files = new CountedFiles();
    await Promise.all([files.read(1), files.read(1)]);
    assert.equal(await files.read(1), 7);
    assert.deepEqual([files.opened, files.closed], [1, 0]);
    await files.shared.close();
    assert.equal(files.closed, 1);
  });

  it('a file that changed is opened anew; the former one is closed by its last reader', async () => {
    const files = new CountedFiles();
    const reading = createDeferred<void>();
    const read = files.shared.with(rootOf(1), () => reading.promise);
    await files.shared.forget(rootOf(1));
    assert.equal(files.closed, 0);
    await files.read(1);
    assert.equal(files.opened, 2);
    reading.resolve();
    await read;
    assert.equal(files.closed, 1);
  });

  it('a file whose read failed is opened anew', async () => {
    const files = new CountedFiles();
    await assert.rejects(
      files.shared.with(rootOf(1), () => Promise.reject(new Error('EIO'))),
      /EIO/,
    );
    assert.equal(files.closed, 1);
    await files.read(1);
    assert.equal(files.opened, 2);
  });

  it('a file that cannot be opened is tried again at the next read', async () => {
    let attempts = 0;
    const shared = new SharedFiles(async () => {
      attempts++;
      throw new Error('ENOENT');
    });
    const read = () => shared.with(rootOf(1), (file) => file.size());
    await assert.rejects(read(), /ENOENT/);
    await assert.rejects(read(), /ENOENT/);
    assert.equal(attempts, 2);
  });

  it('64 files stay open, those used last', async () => {
    const files = new CountedFiles();
    for (let number = 0; number < 65; number++) await files.read(number);
    assert.deepEqual([files.opened, files.closed], [65, 1]);
    await files.read(64);
    assert.equal(files.opened, 65);
    await files.read(0);
    assert.equal(files.opened, 66);
  });
});
