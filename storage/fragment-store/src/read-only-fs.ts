// A file system over another one that changes nothing on the disk: renames and removals are only remembered, so that whoever opens a
// store over it sees what recovery would leave, and new files are empty and take nothing.
import { type FragmentFile, type FragmentFs, systemErrorCode } from './fs-port.js';

/** What a store may do to a file that is only looked at. */
const unchanged = {
  write: async () => {},
  datasync: async () => {},
  truncate: async () => {},
};

const emptyFile: FragmentFile = { ...unchanged, read: async () => 0, size: async () => 0, close: async () => {} };

export function readOnlyFs(fs: FragmentFs): FragmentFs {
  /** Where files are that were renamed. */
  const sources = new Map<string, string>();
  return {
    create: async () => emptyFile,
    open: async (path) => {
      const file = await fs.open(sources.get(path) ?? path, 'read');
      return {
        ...unchanged,
        read: (target, position) => file.read(target, position),
        size: () => file.size(),
        close: () => file.close(),
      };
    },
    rename: async (from, to) => {
      sources.set(to, sources.get(from) ?? from);
    },
    remove: async () => {},
    makeDirectory: async () => {},
    list: async (path) => {
      try {
        return await fs.list(path);
      } catch (thrown) {
        // Recovery would have created the directory.
        if (systemErrorCode(thrown) !== 'ENOENT') throw thrown;
        return [];
      }
    },
    syncDirectory: async () => {},
    freeBytes: (path) => fs.freeBytes(path),
  };
}
