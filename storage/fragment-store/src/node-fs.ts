// The file system port over node:fs.
import { type FileHandle, mkdir, open, readdir, rename, statfs, unlink } from 'node:fs/promises';
import type { FragmentFile, FragmentFs } from './fs-port.js';

class NodeFile implements FragmentFile {
  constructor(private readonly handle: FileHandle) {}

  async write(pieces: readonly Uint8Array[], position: number): Promise<void> {
    let at = position;
    let left = pieces.filter((piece) => piece.length > 0);
    while (left.length > 0) {
      const { bytesWritten } = await this.handle.writev(left, at);
      at += bytesWritten;
      left = withoutStart(left, bytesWritten);
    }
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await this.handle.read(target, done, target.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  datasync(): Promise<void> {
    return this.handle.datasync();
  }

  truncate(length: number): Promise<void> {
    return this.handle.truncate(length);
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

function withoutStart(pieces: readonly Uint8Array[], length: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  let skip = length;
  for (const piece of pieces) {
    if (skip >= piece.length) {
      skip -= piece.length;
    } else {
      left.push(skip === 0 ? piece : piece.subarray(skip));
      skip = 0;
    }
  }
  return left;
}

/** The disk of this machine. */
export const nodeFs: FragmentFs = {
  create: async (path) => new NodeFile(await open(path, 'wx+')),
  open: async (path, mode) => new NodeFile(await open(path, mode === 'read' ? 'r' : 'r+')),
  rename,
  remove: unlink,
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true });
  },
  list: async (path) => {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }));
  },
  syncDirectory: async (path) => {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  freeBytes: async (path) => {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
};
