// Which late blocks the current block may reference, from the last blocks as the state keeps them.
import type { Header } from '@cess/chain-primitives';
import { firstSlotOf, type Including, selectUncles, type UncleChain, verifyUncles } from '@cess/consensus';
import { equalBytes, present } from '@cess/primitives';
import type { Context, StorageAccess } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import {
  authorshipErrors,
  authorshipEvents as events,
  KEPT_BLOCKS,
  authorshipStorage as storage,
} from './declaration.js';
import type { AuthorshipNeeds } from './needs.js';

const errors = authorshipErrors.byName;

/** Adds the current block to the last ones, and forgets what no uncle of it can depend on. */
export function noteBlock(ctx: Context, needs: AuthorshipNeeds): void {
  const block = { number: needs.blockNumber(ctx), slot: needs.currentSlot(ctx), beacon: needs.beacon(ctx) };
  const recent = [...storage.Recent.get(ctx), block].slice(-KEPT_BLOCKS);
  storage.Recent.put(ctx, recent);
  const oldest = present(recent[0], 'the current block').slot;
  const references = storage.References.get(ctx);
  const kept = references.filter(({ slot }) => slot > oldest);
  if (kept.length < references.length) storage.References.put(ctx, kept);
}

/** Those of the known late blocks that the current block may reference, the oldest first (RS-7.5). */
export function selectFrom(ctx: Context, needs: AuthorshipNeeds, known: readonly Header[]): readonly Header[] {
  return known.length === 0 ? [] : selectUncles(known, including(ctx, needs), chainOf(ctx, needs), cryptoOf(ctx));
}

export function reference(ctx: Context, needs: AuthorshipNeeds, uncles: readonly Header[]): void {
  const { number, slot } = including(ctx, needs);
  const before = storage.References.get(ctx);
  ensure(uncles.length > 0, errors.NoUncle);
  ensure(!before.some(({ referenced_in }) => referenced_in === number), errors.UnclesSet);
  const verified = verifyUncles(uncles, { number, slot }, chainOf(ctx, needs), cryptoOf(ctx));
  ensure(verified.ok, errors.UncleInvalid);
  const added = verified.value.map(({ hash, slot: uncleSlot }) => ({ hash, slot: uncleSlot, referenced_in: number }));
  storage.References.put(ctx, [...before, ...added]);
  const referencedBy = present(needs.author(ctx), 'the author of an open block');
  for (const { hash, author: key } of verified.value) {
    const holder = needs.seats(ctx).find((seat) => seat !== undefined && equalBytes(seat.key, key));
    const author = present(holder, 'the seat of a verified author').account;
    needs.notePoints(ctx, referencedBy, author);
    events.deposit(ctx, { type: 'UncleReferenced', value: { hash, author, referenced_by: referencedBy } });
  }
}

function including(at: StorageAccess, needs: AuthorshipNeeds): Including {
  return { number: needs.blockNumber(at), slot: needs.currentSlot(at) };
}

function cryptoOf({ crypto }: Context) {
  return {
    vrf: { verify: crypto.verifyVrf },
    signatures: { verify: crypto.verifyEd25519 },
  };
}

function chainOf(at: StorageAccess, needs: AuthorshipNeeds): UncleChain {
  const recent = storage.Recent.get(at);
  const blockAt = (number: number) => {
    const block = recent.find((each) => each.number === number);
    const hash = block && needs.blockHash(at, number);
    return block && hash && { hash, slot: block.slot, beacon: block.beacon };
  };
  return {
    blockAt,
    contextOf: (number) => {
      const { hash, slot, beacon } = present(blockAt(number), 'a block that is kept');
      return {
        parent: { hash, number },
        parentSlot: slot,
        previousBeacon: beacon,
        authorities: needs.seats(at).map((seat) => seat?.key),
        slotDurationMs: Number(needs.slotDuration(at)),
      };
    },
    referenced: storage.References.get(at),
    eraStart: firstSlotOf(needs.schedule(at), needs.era(at)),
  };
}
