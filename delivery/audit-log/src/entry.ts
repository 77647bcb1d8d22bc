// Entries of the audit log, and the hash chain over them: the head after an entry commits to it and to all before it.
import { enumeration, type Static, safeInteger, str, struct, u16, versionedRecord } from '@cess/codec';
import { blake2_256 } from '@cess/crypto';
import { concatBytes, utf8 } from '@cess/primitives';

/**
 * `begun` is written before an operation may change anything, `ended` when its outcome is known. An operation that begun and did not
 * end may or may not have taken effect. Operations that only read, and refused ones, are written when they have ended. `omitted` stands
 * for refused requests without a verified caller that got no entry of their own because there were too many.
 */
const phase = enumeration(['begun', 'ended', 'omitted']);

const firstEntry = {
  phase,
  timeMs: safeInteger,
  /** Names the request in the answer, in the log of the program, and in both entries of an operation. */
  requestId: str,
  /** For example `PutObject`. */
  operation: str,
  /** Who asked: an ARN, or `anonymous`. */
  principal: str,
  accessKeyId: str,
  /** Address of the client. */
  source: str,
  userAgent: str,
  bucket: str,
  key: str,
  versionId: str,
  /** HTTP status; 0 while it is unknown, and where the client left before the answer. */
  status: u16,
  /** Code of the error that refused the operation, else empty. */
  errorCode: str,
  durationMs: safeInteger,
};
const version1 = struct(firstEntry);
const entry = struct({
  ...firstEntry,
  /** Requests that the entry stands for. */
  requests: safeInteger,
});

export type AuditEntry = Static<typeof entry>;

export const auditEntry = versionedRecord({
  name: 'audit log entry',
  version: 2,
  codec: entry,
  older: { 1: { read: (reader) => ({ ...version1.read(reader), requests: 1 }) } },
});

/** The head of a log without entries. */
export const firstHead: Uint8Array = blake2_256(utf8('cess audit log'));

/** The head after an entry, given as its bytes: BLAKE2b-256(head ‖ entry). */
export function nextHead(head: Uint8Array, encoded: Uint8Array): Uint8Array {
  return blake2_256(concatBytes(head, encoded));
}
