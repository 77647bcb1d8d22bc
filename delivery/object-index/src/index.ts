// @cess/object-index: buckets, objects, uploads, files and the outbox of one gateway.
import './errors.js';

export { type IndexErrorCode, isUnreadable } from './errors.js';
export type { NewFile } from './files.js';
export { openIndexFormat } from './index-format.js';
export type { ListItem, ListPage, ListRequest } from './listing.js';
export {
  type Completion,
  type IsRecorded,
  type NumberedPart,
  ObjectIndex,
  type ObjectName,
  type OutboxItem,
  type Precondition,
  type UploadName,
} from './object-index.js';
export type {
  BucketRecord,
  CompletionRecord,
  Extent,
  FileRecord,
  FileState,
  FragmentRecord,
  ObjectRecord,
  OutboxEntry,
  PartRecord,
  SegmentRecord,
  UploadRecord,
} from './records.js';
