// What the fragment store needs of a file system. The node implementation is the real disk; the faulty one keeps
// apart what is written and what is synced, tears, drops and fails (faulty-fs.ts).
//
// Durability as POSIX gives it: file contents survive a crash after `datasync` of the file; names (created, renamed,
// removed) survive after `syncDirectory` of their directory. Everything else may survive or not, also in part.

export interface FragmentFile {
  /** Writes all pieces one after another from `position`. */
  write(pieces: readonly Uint8Array[], position: number): Promise<void>;
  /** Reads up to `target.length` bytes; gives how many, fewer only at the end of the file. */
  read(target: Uint8Array, position: number): Promise<number>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

export interface FragmentFs {
  /** A new empty file for reading and writing; fails if the name is taken. */
  create(path: string): Promise<FragmentFile>;
  /** An existing file; error code ENOENT if there is none. */
  open(path: string, mode: 'read' | 'write'): Promise<FragmentFile>;
  /** Atomic; replaces what has the new name. */
  rename(from: string, to: string): Promise<void>;
  /** Error code ENOENT if there is none. */
  remove(path: string): Promise<void>;
  /** Creates the directory and its parents; fine if it exists. */
  makeDirectory(path: string): Promise<void>;
  list(path: string): Promise<readonly DirectoryEntry[]>;
  syncDirectory(path: string): Promise<void>;
  /** Bytes that this process may still write on the disk of `path`. */
  freeBytes(path: string): Promise<number>;
}

/** The `code` of a system error. */
export function systemErrorCode(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
