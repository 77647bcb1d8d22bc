// An in-memory disk that shows the worst behaviour that the port permits, reproducible from a seed. A crash keeps what was
// synced. Of the rest it keeps nothing, everything, or a random part: a prefix of the name changes, and for each file some
// writes, complete, torn or as zeros. A planned failure rejects the n-th changing operation. Data whose sync failed does
// not become durable by a later sync.
import type { DirectoryEntry, FragmentFile, FragmentFs } from './fs-port.js';

type CrashStyle = 'drop' | 'keep' | 'random';

export interface FaultPlan {
  readonly seed: number;
  /** Operations (counted from 1 over the life of the disk, across crashes) that fail with this system error. */
  readonly fail?: ReadonlyMap<number, 'ENOSPC' | 'EIO'>;
  /** The operation during which the process dies: it and all later ones throw until `reopen`. */
  readonly crashAt?: number;
  /** Default `random`. */
  readonly crashStyle?: CrashStyle;
  /** What `freeBytes` answers. Default 1 TiB. */
  readonly freeBytes?: number;
}

export interface FaultyFs extends FragmentFs {
  /** Changing operations so far. */
  operationCount(): number;
  hasCrashed(): boolean;
  /** Loses what the crash style says, if the plan's crash has not come yet. */
  crash(): void;
  /** The disk as the next process finds it, with another plan or none. Only after a crash. */
  reopen(plan?: Partial<FaultPlan>): FaultyFs;
  /** All file names, for tests. */
  paths(): string[];
  /** Changes bytes behind the store's back (bit rot), durable at once. */
  corrupt(path: string, change: (bytes: Uint8Array) => Uint8Array | undefined): void;
}

type FileChange =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array; doomed: boolean }
  | { readonly kind: 'truncate'; readonly length: number; doomed: boolean };

interface FileNode {
  /** What reads see. */
  data: Uint8Array;
  /** What a crash leaves for sure. */
  durable: Uint8Array;
  unsynced: FileChange[];
}

interface NameChange {
  readonly directories: readonly string[];
  readonly apply: (names: Map<string, FileNode>, directories: Set<string>) => void;
}

interface Disk {
  readonly names: Map<string, FileNode>;
  readonly directories: Set<string>;
  durableNames: Map<string, FileNode>;
  durableDirectories: Set<string>;
  unsyncedNames: NameChange[];
  operations: number;
  random: () => number;
}

export function createFaultyFs(plan: FaultPlan): FaultyFs {
  const random = createRandom(plan.seed);
  const empty = { names: new Map(), directories: new Set(['']), durableNames: new Map() };
  return openDisk({ ...empty, durableDirectories: new Set(['']), unsyncedNames: [], operations: 0, random }, plan);
}

function openDisk(disk: Disk, plan: FaultPlan): FaultyFs {
  let crashed = false;
  const crash = () => {
    if (crashed) return;
    crashed = true;
    settleCrash(disk, plan.crashStyle ?? 'random');
  };

  /** Counts a changing operation. `change` gets the share of the operation that happens. */
  const operate = (change: (share: number) => void): void => {
    if (crashed) throw systemError('ECRASHED');
    disk.operations++;
    if (disk.operations === plan.crashAt) {
      change(1);
      crash();
      throw systemError('ECRASHED');
    }
    const failure = plan.fail?.get(disk.operations);
    if (failure !== undefined) {
      change(disk.random() < 0.5 ? 0 : disk.random());
      throw systemError(failure);
    }
    change(1);
  };
  const look = <T>(read: () => T): T => {
    if (crashed) throw systemError('ECRASHED');
    return read();
  };
  const changeNames = (directories: readonly string[], apply: NameChange['apply']) => {
    operate((share) => {
      if (share < 1) return;
      apply(disk.names, disk.directories);
      disk.unsyncedNames.push({ directories, apply });
    });
  };
  const nodeAt = (path: string): FileNode => {
    const node = disk.names.get(path);
    if (node === undefined) throw systemError('ENOENT');
    return node;
  };

  const handle = (node: FileNode): FragmentFile => ({
    write: async (pieces, position) => {
      const bytes = new Uint8Array(Buffer.concat(pieces));
      operate((share) => {
        const part = bytes.subarray(0, Math.floor(bytes.length * share));
        applyChange(node, { kind: 'write', position, bytes: part, doomed: false });
      });
    },
    read: async (target, position) =>
      look(() => {
        const part = node.data.subarray(position, position + target.length);
        target.set(part);
        return part.length;
      }),
    datasync: async () => {
      try {
        operate((share) => {
          if (share === 1) syncFile(node);
        });
      } catch (error) {
        for (const change of node.unsynced) change.doomed = true;
        throw error;
      }
    },
    truncate: async (length) => {
      operate((share) => {
        if (share === 1) applyChange(node, { kind: 'truncate', length, doomed: false });
      });
    },
    size: async () => look(() => node.data.length),
    close: async () => {},
  });

  return {
    create: async (path) => {
      look(() => {
        if (disk.names.has(path)) throw systemError('EEXIST');
        if (!disk.directories.has(parentOf(path))) throw systemError('ENOENT');
      });
      const node: FileNode = { data: new Uint8Array(0), durable: new Uint8Array(0), unsynced: [] };
      changeNames([parentOf(path)], (names) => names.set(path, node));
      return handle(node);
    },
    open: async (path) => look(() => handle(nodeAt(path))),
    rename: async (from, to) => {
      const node = look(() => nodeAt(from));
      changeNames([parentOf(from), parentOf(to)], (names) => {
        names.delete(from);
        names.set(to, node);
      });
    },
    remove: async (path) => {
      look(() => nodeAt(path));
      changeNames([parentOf(path)], (names) => names.delete(path));
    },
    makeDirectory: async (path) => {
      for (let at = path.indexOf('/', 1); ; at = path.indexOf('/', at + 1)) {
        const directory = at === -1 ? path : path.slice(0, at);
        if (look(() => !disk.directories.has(directory))) {
          changeNames([parentOf(directory)], (_, directories) => directories.add(directory));
        }
        if (at === -1) break;
      }
    },
    list: async (path) => look(() => listDirectory(disk, path)),
    syncDirectory: async (path) => {
      operate((share) => {
        if (share < 1) return;
        const isOf = (change: NameChange) => change.directories.includes(path);
        for (const change of disk.unsyncedNames.filter(isOf)) change.apply(disk.durableNames, disk.durableDirectories);
        disk.unsyncedNames = disk.unsyncedNames.filter((change) => !isOf(change));
      });
    },
    freeBytes: async () => look(() => plan.freeBytes ?? 2 ** 40),
    operationCount: () => disk.operations,
    hasCrashed: () => crashed,
    crash,
    reopen: (next = {}) => {
      crash();
      const names = new Map(disk.durableNames);
      const directories = new Set(disk.durableDirectories);
      if (next.seed !== undefined) disk.random = createRandom(next.seed);
      return openDisk({ ...disk, names, directories, unsyncedNames: [] }, { seed: plan.seed, ...next });
    },
    paths: () => [...disk.names.keys()].sort(),
    corrupt: (path, change) => {
      const node = nodeAt(path);
      const bytes = change(node.data.slice());
      if (bytes === undefined) {
        disk.names.delete(path);
        disk.durableNames.delete(path);
      } else {
        node.data = bytes;
        node.durable = bytes.slice();
      }
    },
  };
}

function listDirectory(disk: Disk, path: string): DirectoryEntry[] {
  if (!disk.directories.has(path)) throw systemError('ENOENT');
  const entries: DirectoryEntry[] = [];
  const addChildren = (paths: Iterable<string>, isDirectory: boolean) => {
    for (const child of paths)
      if (child !== path && parentOf(child) === path) entries.push({ name: nameOf(child), isDirectory });
  };
  addChildren(disk.names.keys(), false);
  addChildren(disk.directories, true);
  return entries;
}

function applyChange(node: FileNode, change: FileChange): void {
  node.data = changed(node.data, change);
  node.unsynced.push(change);
}

function changed(data: Uint8Array, change: FileChange): Uint8Array {
  const length =
    change.kind === 'truncate' ? change.length : Math.max(data.length, change.position + change.bytes.length);
  const next = new Uint8Array(length);
  next.set(data.subarray(0, length));
  if (change.kind === 'write') next.set(change.bytes, change.position);
  return next;
}

function syncFile(node: FileNode): void {
  let doomed: FileChange[] = [];
  for (const change of node.unsynced) {
    if (change.doomed) doomed.push(change);
    else node.durable = changed(node.durable, change);
    // A synced truncation drops the cached pages behind the end: no write to them reaches the disk any more.
    if (change.kind === 'truncate' && !change.doomed) doomed = doomed.flatMap((other) => cutAt(other, change.length));
  }
  node.unsynced = doomed;
}

function cutAt(change: FileChange, length: number): FileChange[] {
  if (change.kind === 'truncate') return change.length <= length ? [change] : [];
  const left = length - change.position;
  return left <= 0 ? [] : [{ ...change, bytes: change.bytes.subarray(0, left) }];
}

// The state that the next process finds, as if everything of it were durable.
function settleCrash(disk: Disk, style: CrashStyle): void {
  const { random } = disk;
  const kept =
    style === 'drop'
      ? 0
      : style === 'keep'
        ? disk.unsyncedNames.length
        : Math.floor(random() * (disk.unsyncedNames.length + 1));
  for (const change of disk.unsyncedNames.slice(0, kept)) change.apply(disk.durableNames, disk.durableDirectories);
  disk.unsyncedNames = [];
  for (const node of new Set(disk.durableNames.values())) {
    for (const change of node.unsynced) {
      if (style === 'keep') node.durable = changed(node.durable, change);
      else if (style === 'random') node.durable = torn(node.durable, change, random);
    }
    node.unsynced = [];
    node.data = node.durable.slice();
  }
}

function torn(data: Uint8Array, change: FileChange, random: () => number): Uint8Array {
  const fate = random();
  if (fate < 0.3) return data;
  if (fate < 0.6 || change.kind === 'truncate') return changed(data, change);
  const bytes = change.bytes.slice();
  const cut = Math.floor(random() * (bytes.length + 1));
  if (fate < 0.8) return changed(data, { ...change, bytes: bytes.subarray(0, cut) });
  bytes.fill(0, cut);
  return changed(data, { ...change, bytes });
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
