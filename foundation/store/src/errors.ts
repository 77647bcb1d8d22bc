// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

interface DiskData {
  readonly path: string;
  readonly reason: string;
}

export const errors = declareErrors({
  KV_CLOSED: {
    meaning: 'The store was used after it was closed.',
    remedy: 'Report a bug with the stack trace, unless the process was shutting down.',
    retryable: false,
  },
  KV_CORRUPT: withData<{ readonly path?: string; readonly reason?: string; readonly file?: string }>({
    meaning: 'A database or its format stamp cannot be read.',
    remedy: 'Restore the database from a backup, or delete it and resynchronise.',
    retryable: false,
  }),
  KV_CRASHED: {
    meaning: 'The store of a test crashed as planned.',
    remedy: 'None; only tests raise it.',
    retryable: false,
  },
  KV_DISK_FULL: withData<DiskData>({
    meaning: 'The disk of the store is full; nothing that was stored is lost.',
    remedy: 'Free disk space.',
    retryable: true,
  }),
  KV_FORMAT_NEWER: withData<{ readonly found: number; readonly expected: number }>({
    meaning: 'A newer version of the program wrote the store.',
    remedy: 'Update the program.',
    retryable: false,
    isMisconfiguration: true,
  }),
  KV_FORMAT_OLDER: {
    meaning: 'The store has a format that this version no longer reads.',
    remedy: 'Upgrade the store with an earlier version first.',
    retryable: false,
    isMisconfiguration: true,
  },
  KV_FORMAT_UNKNOWN: {
    meaning: 'The directory holds data of another kind.',
    remedy: 'Use another directory.',
    retryable: false,
    isMisconfiguration: true,
  },
  KV_IO: withData<{ readonly path?: string; readonly reason?: string; readonly write?: number }>({
    meaning: 'Reading or writing the store failed.',
    remedy: 'Check the disk; the operation is retried.',
    retryable: true,
  }),
  KV_KEY_INVALID: withData<{ readonly length: number }>({
    meaning: 'A key of the store is empty or too long.',
    remedy: 'Report a bug with the stack trace, unless the key comes from your own input.',
    retryable: false,
  }),
  KV_LOCKED: withData<{ readonly path?: string; readonly reason?: string }>({
    meaning: 'Another process uses the store.',
    remedy: 'Stop the other process.',
    retryable: false,
  }),
  KV_NETWORK_MISMATCH: withData<{ readonly found: string; readonly expected: string }>({
    meaning: 'The store belongs to a network with another genesis.',
    remedy: 'Use another data directory, or the chain specification that the store was made with.',
    retryable: false,
    isMisconfiguration: true,
  }),
  KV_OPEN: {
    meaning: 'A test reopened a store that is still open.',
    remedy: 'None; only tests raise it.',
    retryable: false,
  },
  KV_OUTCOME_UNKNOWN: withData<DiskData>({
    meaning: 'The disk failed during a commit, so that nobody knows whether the change was written.',
    remedy: 'Check the disk. Act on neither outcome: read again once the store works, or restart the process.',
    retryable: true,
  }),
  KV_PERMISSION: withData<DiskData>({
    meaning: 'The process may not write the store.',
    remedy: 'Give the user of the process read and write access to the directory.',
    retryable: false,
  }),
  KV_SUSPENDED: withData<DiskData>({
    meaning: 'The store rejects changes until the disk, which failed during an earlier one, works again.',
    remedy: 'Check the disk. Every further change tries to open the store again.',
    retryable: true,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
