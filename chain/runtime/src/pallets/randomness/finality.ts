// What the chain knows of its own finality. An author names the finalized block that it knows in its header. Claims of a seat only
// rise. Of n seats at most f = floor(n / 3) may lie, so the chain takes the (f + 1)-th highest claim: liars can neither raise
// it above every honest claim nor keep it below the claims of the honest seats. A single authority is trusted, as its votes are.
import { type DigestItem, findFinalityClaim } from '@cess/chain-primitives';
import type { StorageAccess } from '../../frame/context.js';
import { randomnessStorage as storage } from './declaration.js';

/** Records the claim of the current block's author. Older blocks carry none. */
export function noteFinality(access: StorageAccess, number: number, digest: readonly DigestItem[]): void {
  const claim = findFinalityClaim(digest);
  const seat = storage.AuthorIndex.get(access);
  if (claim === undefined || seat === undefined || claim >= number) return;
  const claims = [...storage.FinalityClaims.get(access)];
  while (claims.length <= seat) claims.push(0);
  claims[seat] = Math.max(claims[seat] ?? 0, claim);
  storage.FinalityClaims.put(access, claims);
}

/** The finalized height that enough of so many seats have named; undefined while too few have named one. */
export function finalizedNumber(access: StorageAccess, seats: number): number | undefined {
  const tolerated = Math.floor(seats / 3);
  return [...storage.FinalityClaims.get(access)].sort((a, b) => b - a)[tolerated];
}

/**
 * When others take the seats, their claims begin with what enough of those before them have named: a liar's claim ends with its
 * seat. `seats` are those before, `next` those that follow.
 */
export function renewClaims(access: StorageAccess, seats: number, next: number): void {
  const known = finalizedNumber(access, seats);
  if (known === undefined) storage.FinalityClaims.kill(access);
  else
    storage.FinalityClaims.put(
      access,
      Array.from({ length: next }, () => known),
    );
}
