// What the fragment store needs of a file system. node-fs.ts is the real disk. The test double in faulty-fs.ts separates
// written from synced data, and tears, drops and fails operations.
//
// Durability follows POSIX: the content of a file survives a crash after `datasync` of the file. Names (created, renamed,
// removed) survive after `syncDirectory` of their directory. Everything else may survive, completely or in part.

export interface FragmentFile {
  /** Writes all pieces consecutively from `position`. */
  write(pieces: readonly Uint8Array[], position: number): Promise<void>;
  /** Reads up to `target.length` bytes and returns their number, which is smaller only at the end of the file. */
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
  /** Creates an empty file for reading and writing. Fails if the name exists. */
  create(path: string): Promise<FragmentFile>;
  /** Opens an existing file. Error code ENOENT if there is none. */
  open(path: string, mode: 'read' | 'write'): Promise<FragmentFile>;
  /** Atomic. Replaces a file with the new name. */
  rename(from: string, to: string): Promise<void>;
  /** Error code ENOENT if there is none. */
  remove(path: string): Promise<void>;
  /** Creates the directory and its parents, unless it exists. */
  makeDirectory(path: string): Promise<void>;
  list(path: string): Promise<readonly DirectoryEntry[]>;
  syncDirectory(path: string): Promise<void>;
  /** Bytes that this process may still write to the disk of `path`. */
  freeBytes(path: string): Promise<number>;
}

/** The `code` of a system error. */
export function systemErrorCode(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
