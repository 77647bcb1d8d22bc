// What a gateway keeps about the export of one owner: the files that make up the exported index, and its keys. It is written in the
// transaction that enters or releases the files.
import {
  bool,
  bytes,
  enumeration,
  fixedBytes,
  type Static,
  safeInteger as size,
  struct,
  u32,
  vec,
  versionedRecord,
} from '@cess/codec';
import { keyGenerations } from './export-keys.js';

const id = fixedBytes(32);

const liveFile = struct({
  fileId: id,
  kind: enumeration(['snapshot', 'delta']),
  /** Of its entries before compression. */
  bytes: size,
  /** Of the key under which it is sealed. */
  generation: u32,
});
export type LiveFile = Static<typeof liveFile>;

const state = struct({
  /** Of the newest file. */
  number: size,
  /** From the oldest to the newest. */
  live: vec(liveFile),
  /** Files of a snapshot that is not complete. A restart releases them. */
  building: vec(id),
  /** Files that are deleted once the newest one is anchored. */
  superseded: vec(id),
  /** The newest file is anchored on the chain. */
  isAnchored: bool,
  /** Changes were not exported, so that only a new snapshot makes the export whole. */
  isIncomplete: bool,
  keys: keyGenerations,
  /** X25519 keys to which the keys are wrapped. */
  recipients: vec(bytes({ max: 32 }), { max: 32 }),
});
export type StreamState = Static<typeof state>;

export const streamStateRecord = versionedRecord({ name: 'state of an export', version: 1, codec: state });

/** Nothing is exported yet. */
export const newStream: StreamState = {
  number: 0,
  live: [],
  building: [],
  superseded: [],
  isAnchored: true,
  isIncomplete: true,
  keys: [],
  recipients: [],
};
