// Changes of objects, as the index tells them to its follower: inside the transaction, so that the messages that follow from a
// change are written with it or not at all, and again once the change is durable.
import type { ObjectName } from './keys.js';
import type { QueuedMessage } from './messages.js';
import type { BucketRecord, ObjectRecord } from './records.js';

/** Why an object changes. */
export interface ChangeOrigin {
  /** Amazon's name of the operation, or `Lifecycle`. */
  readonly operation: string;
  /** Who asked, as events name it. */
  readonly principalId: string;
  /** Address of the client; empty for the gateway's own work. */
  readonly source: string;
  readonly requestId: string;
}

/**
 * `created`: a version was entered. `removed`: a version or delete marker was removed for good. `marked`: a delete marker was put
 * on top. `described`: settings of a version changed.
 */
export type ChangeKind = 'created' | 'removed' | 'marked' | 'described';

/** A change as the transaction that makes it describes it. */
export interface NotedChange {
  readonly kind: ChangeKind;
  readonly name: ObjectName;
  readonly bucket: BucketRecord;
  readonly version: ObjectRecord;
  /** None where the bucket never kept versions. */
  readonly versionId: string | undefined;
}

export interface ObjectChange extends NotedChange {
  readonly origin: ChangeOrigin;
  readonly timeMs: number;
  /** A later change, of any object, has a greater one, also after a restart. */
  readonly sequence: bigint;
}

export interface AddressedMessage {
  readonly queue: string;
  readonly message: QueuedMessage;
}

export interface ChangeFollower {
  /** Called inside the transaction. What it returns is queued with the change. Must not throw. */
  messagesOf(change: ObjectChange): readonly AddressedMessage[];
  /** Called once the change is durable, in the order of the sequence. Must not throw. */
  committed(change: ObjectChange): void;
}
