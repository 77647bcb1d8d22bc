// Authorship: what comes of blocks that are late (docs/protocol/r2s.md §7, ADR 91).
import type { Header } from '@cess/chain-primitives';
import type { Context } from '../../frame/context.js';
import { ensureNone } from '../../frame/failure.js';
import { definePallet } from '../../frame/pallet.js';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';
import { authorship } from './declaration.js';
import type { AuthorshipNeeds } from './needs.js';
import { noteBlock, reference, selectFrom } from './uncles.js';

export type { AuthorshipNeeds } from './needs.js';

const { base, uncle } = weightTable.Authorship.set_uncles;

export function createAuthorship(needs: AuthorshipNeeds) {
  return {
    pallet: definePallet(authorship, {
      calls: {
        set_uncles: {
          weight: ({ uncles }) => refTime(base + uncle * BigInt(uncles.length)),
          dispatch: (ctx, origin, { uncles }) => {
            ensureNone(origin);
            reference(ctx, needs, uncles);
          },
        },
      },
    }),
    /** Part of the opening of a block, before all hooks: which uncles are valid depends on it. */
    noteBlock: (ctx: Context): void => noteBlock(ctx, needs),
    select: (ctx: Context, known: readonly Header[]): readonly Header[] => selectFrom(ctx, needs, known),
  };
}
