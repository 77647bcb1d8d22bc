// Holders of fragments. Every change of a holder after the declaration is made here, together with the holder's totals,
// the list of its fragments, and its tags.
import { invariant } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import type { FragmentPlace } from '../../shared-types.js';
import { type FragmentInfo, fileBankStorage as storage } from './declaration.js';
import type { FileBankNeeds } from './needs.js';

function fragmentAt(ctx: Context, { fileId, segment, fragment }: FragmentPlace): FragmentInfo {
  const info = storage.Fragments.get(ctx, fileId, segment, fragment);
  invariant(info !== undefined, 'the fragment exists');
  return info;
}

function lengthAt(ctx: Context, { fileId, segment }: FragmentPlace): bigint {
  const shape = storage.Segments.get(ctx, fileId, segment);
  invariant(shape !== undefined, 'a fragment belongs to a segment');
  return BigInt(shape.fragment_length);
}

/** Whether the provider holds any fragment of the segment. */
export function holdsAnyOf(
  ctx: Context,
  provider: number,
  { fileId, segment }: Omit<FragmentPlace, 'fragment'>,
): boolean {
  for (const _ of storage.HeldBy.entries(ctx, [provider, fileId, segment], 1)) return true;
  return false;
}

/** Removes the holder of a fragment, if it has one; for the audit as of block `goneAt`. */
export function takeHolder(ctx: Context, needs: FileBankNeeds, place: FragmentPlace, goneAt: number): void {
  const info = fragmentAt(ctx, place);
  if (info.holder === undefined) return;
  release(ctx, needs, place, info.holder, goneAt);
  storage.Fragments.put(ctx, place.fileId, place.segment, place.fragment, {
    ...info,
    holder: undefined,
    declared_at: needs.blockNumber(ctx),
  });
}

/** Gives the fragment a new holder, replacing the previous one if there is one. */
export function giveHolder(
  ctx: Context,
  needs: FileBankNeeds,
  place: FragmentPlace,
  { provider, isRestored }: { readonly provider: number; readonly isRestored: boolean },
): { readonly hadHolder: boolean } {
  const { fileId, segment, fragment } = place;
  const info = fragmentAt(ctx, place);
  if (info.holder !== undefined) release(ctx, needs, place, info.holder, needs.blockNumber(ctx));
  needs.addHolding(ctx, provider, { bytes: lengthAt(ctx, place), fragments: 1n });
  storage.HeldBy.put(ctx, provider, fileId, segment, fragment, undefined);
  storage.Fragments.put(ctx, fileId, segment, fragment, {
    ...info,
    holder: provider,
    declared_at: needs.blockNumber(ctx),
    restored: isRestored ? Math.min(info.restored + 1, 0xffff) : info.restored,
  });
  return { hadHolder: info.holder !== undefined };
}

function release(ctx: Context, needs: FileBankNeeds, place: FragmentPlace, holder: number, goneAt: number): void {
  needs.untag(ctx, holder, place, goneAt);
  needs.removeHolding(ctx, holder, { bytes: lengthAt(ctx, place), fragments: 1n });
  storage.HeldBy.remove(ctx, holder, place.fileId, place.segment, place.fragment);
}
