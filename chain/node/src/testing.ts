// For tests and benchmarks of other packages.
import type { AuthorityKey } from './chain-node.js';
import { openKeptEpoch } from './finality/kept-epoch.js';

/** An authority whose epoch is not kept on disk: `hasVoted` where the database has votes of it. */
export function authorityOf(seed: Uint8Array, hasVoted = false): AuthorityKey {
  const found = { epoch: seed.slice(0, 16), isNew: !hasVoted, lastVote: undefined, lastSlot: undefined };
  return { seed, voterEpoch: openKeptEpoch(found, () => {}) };
}
