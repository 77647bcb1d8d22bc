// Calls of Anchors. An anchor only ever grows, so that nobody can replace what was committed to.
import { anchorHistory, noAnchors } from '@cess/types';
import { ensure, ensureSigned } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import { stateDeposit } from '../../state-deposit.js';
import { type anchors, anchorsErrors, anchorsEvents as events, anchorsStorage as storage } from './declaration.js';
import type { AnchorsNeeds } from './needs.js';
import { weightOf } from './weights.js';

const errors = anchorsErrors.byName;
/** Sequence, root, block, deposit, count and history; the name of the log is part of the key. */
const INFO_BYTES = 8 + 32 + 4 + 16 + 4 + 32;

export function createAnchorsCalls(needs: AnchorsNeeds): CallsOf<typeof anchors> {
  return {
    anchor: {
      weight: () => weightOf('anchor'),
      dispatch: (ctx, origin, { log, sequence, root }) => {
        const acc = ensureSigned(origin);
        ensure(log.length > 0, errors.EmptyName);
        const before = storage.Anchors.get(ctx, acc, log);
        ensure(before === undefined || before.sequence < sequence, errors.NotNewer);
        const deposit = before?.deposit ?? stateDeposit(1, INFO_BYTES + log.length);
        if (before === undefined) needs.deposits.hold(ctx, acc, deposit);
        const count = (before?.count ?? 0) + 1;
        const history = anchorHistory(before?.history ?? noAnchors, { sequence, root });
        const block = needs.blockNumber(ctx);
        storage.Anchors.put(ctx, acc, log, { sequence, root, block, deposit, count, history });
        events.deposit(ctx, { type: 'Anchored', value: { acc, log, sequence, root } });
      },
    },
    remove: {
      weight: () => weightOf('remove'),
      dispatch: (ctx, origin, { log }) => {
        const acc = ensureSigned(origin);
        const info = storage.Anchors.get(ctx, acc, log);
        ensure(info !== undefined, errors.NoAnchor);
        storage.Anchors.remove(ctx, acc, log);
        needs.deposits.release(ctx, acc, info.deposit);
        events.deposit(ctx, { type: 'AnchorRemoved', value: { acc, log } });
      },
    },
  };
}
