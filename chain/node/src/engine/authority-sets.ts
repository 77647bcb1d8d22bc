// The sets of GRANDPA voters of a chain, from the announcements in its final headers (docs/protocol/grandpa.md §7): set 0 is that of
// the genesis; a final block that announces another set puts it in force for all blocks above it. The block store has the height of
// each change, and the headers stay, so that no state is needed.
import { findGrandpaLogs, type Header } from '@cess/chain-primitives';
import { type AuthoritySet, nextSet } from '@cess/consensus';
import { present } from '@cess/primitives';
import type { ChainSpec } from '../chain-spec.js';
import type { BlockStore, SetChangeRecord } from './block-store.js';
import { authoritiesOf } from './genesis.js';

/** The set in force after the last final block. */
export function currentSet(blocks: BlockStore, spec: ChainSpec): AuthoritySet {
  return setAfterChange(blocks, spec, blocks.lastSetChange());
}

/** The set whose votes make the block of this height final; the height is at most one above the last final block's. */
export function setOfHeight(blocks: BlockStore, spec: ChainSpec, number: number): AuthoritySet {
  return setAfterChange(blocks, spec, blocks.setChangeBelow(number));
}

function setAfterChange(blocks: BlockStore, spec: ChainSpec, change: SetChangeRecord | undefined): AuthoritySet {
  const genesis: AuthoritySet = { setId: 0n, authorities: authoritiesOf(spec) };
  if (change === undefined) return genesis;
  const hash = present(blocks.canonicalHash(change.number), 'a final block');
  const { header } = blocks.requireBlock(hash);
  const set = nextSet(header, { ...genesis, setId: change.setId - 1n });
  if (!set.ok) throw set.error;
  return present(set.value, 'a recorded change is in the header');
}

/** Whether a header announces another set. Throws `SCALE_MALFORMED` on a broken digest. */
export function announcesSet(header: Header): boolean {
  return findGrandpaLogs(header.digest.logs).some(({ type }) => type === 'ScheduledChange');
}
