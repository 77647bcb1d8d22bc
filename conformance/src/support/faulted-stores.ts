// The stores of the roles, reduced to what the suite of faults needs: change number i is made durable, and can be looked for.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AnchorList, type AuditEntry, AuditLog, neverAnchored, readAuditLog } from '@cess/audit-log';
import { systemRng } from '@cess/crypto';
import { type FragmentStore, nodeFs, openFragmentStore } from '@cess/fragment-store';
import { fragmentBytes, putOf, readAll } from '@cess/fragment-store/compliance';
import { equalBytes, isCessError } from '@cess/primitives';
import { openLmdb, writeFileAtomically } from '@cess/store';
import type { FaultCall, FaultError } from './fault-kit.js';

export interface FaultedStore {
  change(i: number): Promise<void>;
  holds(i: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface StoreKind {
  /** The calls that it makes, and the files of each. */
  readonly targets: readonly (readonly [FaultCall, string])[];
  /** Other errors of a call than EIO and ENOSPC. */
  readonly errors?: Readonly<Partial<Record<FaultCall, readonly FaultError[]>>>;
  /** Calls that fail from the first one on, or not at all: lmdb-js dies if a file that it opened before cannot be opened. */
  readonly lasting?: readonly FaultCall[];
  open(dir: string): Promise<FaultedStore>;
}

/** Databases: the object index of a gateway, the chain, the tags of a provider. */
const database: StoreKind = {
  targets: [
    ['write', '*/data.mdb'],
    ['write-sync', '*/data.mdb'],
    ['space', '*/index'],
    ['fsync', '*/data.mdb'],
    ['truncate', '*/data.mdb'],
    ['open', '*.mdb'],
  ],
  // lmdb-js reports other errors of writes through a buffer that is too small for them (lmdb-kv.ts).
  errors: { write: ['SHORT'], space: ['ENOSPC'] },
  lasting: ['open'],
  open: async (dir) => {
    const kv = openLmdb({ path: join(dir, 'index') });
    return {
      change: (i) => kv.write([{ type: 'put', key: keyOf(i), value: fragmentBytes(3000, i) }], { durable: true }),
      holds: async (i) => {
        const value = kv.get(keyOf(i));
        return value !== undefined && equalBytes(value, fragmentBytes(3000, i));
      },
      close: () => kv.close(),
    };
  },
};

/** The same with writers that do not wait for each other. */
const sharedDatabase: StoreKind = {
  ...database,
  open: async (dir) => {
    const kv = openLmdb({ path: join(dir, 'index') });
    const write = (key: Uint8Array, i: number) => kv.write([{ type: 'put', key, value: fragmentBytes(3000, i) }]);
    /** Writes while the commit of another write is under way. */
    const writeLater = async (turns: number, i: number) => {
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      await write(Uint8Array.of(2, turns), i);
    };
    return {
      async change(i) {
        const [own] = await Promise.allSettled([write(keyOf(i), i), ...[0, 1, 2, 3].map((n) => writeLater(n, i))]);
        if (own.status === 'rejected') throw own.reason;
      },
      holds: async (i) => {
        const value = kv.get(keyOf(i));
        return value !== undefined && equalBytes(value, fragmentBytes(3000, i));
      },
      close: () => kv.close(),
    };
  },
};

function keyOf(i: number): Uint8Array {
  return Uint8Array.of(1, i);
}

function fragments(length: number, targets: StoreKind['targets']): StoreKind {
  const open = (dir: string): Promise<FragmentStore> =>
    openFragmentStore({
      dir: join(dir, 'store'),
      genesis: new Uint8Array(32),
      fs: nodeFs,
      rng: systemRng,
      minFreeBytes: 0,
      nowSeconds: 0,
      rotateBytes: 3 * length,
    });
  return {
    targets,
    open: async (dir) => {
      const store = await open(dir);
      return {
        change: async (i) => {
          const bytes = fragmentBytes(length, i);
          await store.put(putOf(bytes, i), [bytes]);
        },
        holds: async (i) => {
          const bytes = fragmentBytes(length, i);
          const { root } = putOf(bytes, i);
          return store.has(root) && equalBytes(await readAll(store, root), bytes);
        },
        close: () => store.close(),
      };
    },
  };
}

/** Keys, credentials, configurations and stamps: small files that are written once or replaced as a whole. */
const wholeFile: StoreKind = {
  targets: [
    ['write', '*/whole-*'],
    ['fsync', '*/whole-*'],
    ['rename', '*/whole-*'],
    ['open', '*/whole-*'],
  ],
  open: async (dir) => ({
    change: async (i) => writeFileAtomically(join(dir, `whole-${i}`), `content ${i}`, 0o600),
    holds: async (i) => {
      const file = join(dir, `whole-${i}`);
      return existsSync(file) && readFileSync(file, 'utf8') === `content ${i}`;
    },
    close: async () => {},
  }),
};

/** The audit log of a gateway, with its list of anchors. A segment for every three entries. */
const auditLog: StoreKind = {
  targets: [
    ['write', '*/audit/*'],
    ['fsync', '*/audit/*'],
    ['fsync', '*/audit'],
    ['truncate', '*/audit/*'],
    ['open', '*/audit/*'],
  ],
  open: async (dir) => {
    const folder = join(dir, 'audit');
    const log = await AuditLog.open({ folder, segmentBytes: 450 });
    let list = await AnchorList.open(folder);
    // An anchor that fails is made later; the entry is written.
    const anchor = async () => {
      list ??= await AnchorList.begin(folder, neverAnchored);
      await list.append(await log.sync());
    };
    return {
      change: async (i) => {
        await log.append(auditEntryOf(i));
        await anchor().catch((error: unknown) => {
          if (!isCessError(error)) throw error;
        });
      },
      holds: async (i) => {
        for await (const { entry } of readAuditLog(folder)) if (entry.requestId === String(i)) return true;
        return false;
      },
      close: () => log.close(),
    };
  },
};

function auditEntryOf(i: number): AuditEntry {
  const texts = {
    operation: 'PutObject',
    principal: '',
    accessKeyId: '',
    source: '',
    userAgent: '',
    bucket: '',
    key: '',
  };
  const outcome = { versionId: '', status: 200, errorCode: '', durationMs: 1, requests: 1 };
  return { phase: 'ended', timeMs: 1, requestId: String(i), ...texts, ...outcome };
}

export const storeKinds = {
  database,
  'database of several writers': sharedDatabase,
  'small fragments': fragments(1000, [
    ['write', '*/store/log/*'],
    ['fsync', '*/store/log/*'],
    ['fsync', '*/store/log'],
    ['truncate', '*/store/log/*'],
    ['open', '*/store/log/*'],
  ]),
  'large fragments': fragments(100_000, [
    ['write', '*/store/*'],
    ['fsync', '*/store/*'],
    ['rename', '*/store/*'],
    ['open', '*/store/*'],
  ]),
  'whole files': wholeFile,
  'audit log': auditLog,
} satisfies Readonly<Record<string, StoreKind>>;

export type StoreName = keyof typeof storeKinds;
