// The error codes of this package (docs/errors.md lists those of all packages).
import { CessError, type DataOf, declareErrors, type ErrorDetails, isCessError, withData } from '@cess/primitives';

export const errors = declareErrors({
  BUCKET_EXISTS: withData<{ readonly owner: Uint8Array }>({
    meaning: 'A bucket of this name exists already.',
    remedy: 'Choose another name.',
    retryable: false,
  }),
  BUCKET_NOT_EMPTY: {
    meaning: 'A bucket that holds objects, versions or delete markers cannot be deleted.',
    remedy: 'Delete the objects with all their versions first.',
    retryable: false,
  },
  BUCKET_NOT_FOUND: {
    meaning: 'There is no bucket of this name.',
    remedy: 'Check the name, or create the bucket.',
    retryable: false,
  },
  FILE_NOT_FOUND: {
    meaning: 'The object index has no such file.',
    remedy: 'Check the file id; the file may have been deleted.',
    retryable: false,
  },
  INDEX_CORRUPT: withData<{ readonly record?: string }>({
    meaning: 'A record of the object index cannot be read.',
    remedy: 'Restore the index from a backup, or delete the object of this record.',
    retryable: false,
  }),
  GATEWAY_LEASE_LOST: {
    meaning:
      'Another gateway has taken over the background work of the fleet, so this one may not finish what it began.',
    remedy: 'None is needed. If it repeats, look for stalls of this gateway and of its connection to the database.',
    retryable: true,
  },
  INDEX_CONFLICT: {
    meaning: 'Transactions of several gateways changed the same records; this one was run again too often.',
    remedy: 'Try again later.',
    retryable: true,
  },
  INDEX_DATABASE_REJECTED: {
    meaning:
      'The database of the object index rejects the gateway: wrong name or password, or a missing database or right.',
    remedy: 'Correct index.postgres in the configuration, or the rights of the user in the database.',
    retryable: true,
    isMisconfiguration: true,
  },
  INDEX_IN_DATABASE: {
    meaning: 'The data folder belongs to a gateway whose object index lies in a database.',
    remedy: 'Use the tools of PostgreSQL: the command reads indexes in data folders only.',
    retryable: false,
    isMisconfiguration: true,
  },
  INDEX_OUTCOME_UNKNOWN: {
    meaning: 'The connection to the database was lost during a commit, and nobody can tell whether it took effect.',
    remedy: 'Act on neither outcome: read again once the database answers.',
    retryable: true,
  },
  INDEX_OVERLOADED: {
    meaning: 'Too many writes wait for the object index.',
    remedy: 'Try again later; check the speed of the disk.',
    retryable: true,
  },
  INDEX_UNAVAILABLE: {
    meaning: 'The database of the object index does not answer, or takes no connection or write.',
    remedy: 'Check the database and the network. The gateway goes on as soon as it answers.',
    retryable: true,
  },
  KEY_ROTATION_RUNNING: {
    meaning: 'The key of the bucket is being rotated already.',
    remedy: 'Wait until the rotation ends; `cess bucket show` shows its progress.',
    retryable: false,
  },
  OBJECT_NOT_FOUND: {
    meaning: 'There is no object under this key.',
    remedy: 'Check bucket and key.',
    retryable: false,
  },
  OBJECT_LOCKED: {
    meaning: 'A retention or a legal hold keeps the version of an object.',
    remedy:
      'Wait until the retention ends, or have the legal hold removed. Nothing ends a retention in compliance mode early.',
    retryable: false,
  },
  OBJECT_LOCK_PERMANENT: {
    meaning: 'Object lock is enabled for a bucket: it stays enabled, and so do the versions of the bucket.',
    remedy: 'Use another bucket for objects that need no lock.',
    retryable: false,
  },
  PRECONDITION_FAILED: {
    meaning: 'A condition of the request does not hold: the object changed.',
    remedy: 'Read the object and decide again.',
    retryable: false,
  },
  UPLOAD_NOT_FOUND: {
    meaning: 'There is no such multipart upload; it may have been completed or aborted.',
    remedy: 'Start a new upload.',
    retryable: false,
  },
  VERSIONING_PERMANENT: {
    meaning: 'A bucket that kept versions cannot become one that never did.',
    remedy: 'Suspend versioning.',
    retryable: false,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}

export type IndexErrorCode =
  | 'BUCKET_EXISTS'
  | 'BUCKET_NOT_FOUND'
  | 'BUCKET_NOT_EMPTY'
  | 'KEY_ROTATION_RUNNING'
  | 'OBJECT_LOCKED'
  | 'OBJECT_LOCK_PERMANENT'
  | 'OBJECT_NOT_FOUND'
  | 'PRECONDITION_FAILED'
  | 'UPLOAD_NOT_FOUND'
  | 'FILE_NOT_FOUND'
  | 'VERSIONING_PERMANENT';

const messages: Readonly<Record<IndexErrorCode, string>> = {
  BUCKET_EXISTS: 'A bucket of this name exists already.',
  BUCKET_NOT_FOUND: 'There is no bucket of this name.',
  BUCKET_NOT_EMPTY: 'The bucket still holds objects or versions of them; delete them first.',
  KEY_ROTATION_RUNNING: 'The key of the bucket is being rotated; another rotation can begin when this one has ended.',
  OBJECT_NOT_FOUND: 'There is no object under this key.',
  OBJECT_LOCKED: 'The version is protected by object lock: a retention or a legal hold keeps it.',
  OBJECT_LOCK_PERMANENT:
    'Object lock is enabled for the bucket: its versions cannot be suspended, nor the lock removed.',
  PRECONDITION_FAILED: 'The object changed: a condition of the request does not hold.',
  UPLOAD_NOT_FOUND: 'There is no such upload; it may have been completed or aborted.',
  FILE_NOT_FOUND: 'The index has no such file.',
  VERSIONING_PERMANENT: 'The bucket kept versions: its versioning can be suspended, not removed.',
};

export function indexError<Code extends IndexErrorCode>(code: Code, ...details: ErrorDetails<Code>): CessError<Code> {
  return new CessError(code, messages[code], ...details);
}

/** A record is damaged, or a newer version wrote it. */
export function isUnreadable(error: unknown): error is CessError<'INDEX_CORRUPT' | 'RECORD_VERSION'> {
  return isCessError(error, 'INDEX_CORRUPT', 'RECORD_VERSION');
}

/** Decodes a record of the index. Throws `INDEX_CORRUPT` naming the record, for example "file 0a1b…", or `RECORD_VERSION`. */
export function decodeRecord<T>(codec: { decode(bytes: Uint8Array): T }, bytes: Uint8Array, record: string): T {
  try {
    return codec.decode(bytes);
  } catch (cause) {
    if (!isCessError(cause, 'SCALE_MALFORMED')) throw cause;
    throw new CessError('INDEX_CORRUPT', `The record of ${record} cannot be read.`, { record }, { cause });
  }
}

/** Undefined for a record that cannot be read. */
export function ifReadable<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}
