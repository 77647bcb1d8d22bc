// Anchors of logs that accounts keep outside of the chain (STORE-6, ADR 61). The chain keeps the newest anchor of a log and one hash over
// all of its anchors, so that a list of them, kept beside the log, is provable by what the chain keeps.
//   history = BLAKE2b-256(history before ‖ u64 sequence, little-endian ‖ root); 32 zero bytes before the first anchor
import { blake2_256 } from '@cess/crypto';

/** What an account commits to. */
export interface Anchor {
  /** How far the log has grown. */
  readonly sequence: bigint;
  /** 32 bytes that commit to the log up to there. */
  readonly root: Uint8Array;
}

const rootBytes = 32;

/** The history of a log without anchors. */
export const noAnchors: Uint8Array = new Uint8Array(rootBytes);

/** The history with one more anchor. */
export function anchorHistory(before: Uint8Array, { sequence, root }: Anchor): Uint8Array {
  const bytes = new Uint8Array(rootBytes + 8 + rootBytes);
  bytes.set(before);
  new DataView(bytes.buffer).setBigUint64(rootBytes, sequence, true);
  bytes.set(root, rootBytes + 8);
  return blake2_256(bytes);
}
