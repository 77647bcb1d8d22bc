// Samples of Authorship: one uncle, and as many as a block may reference.
import type { Header } from '@cess/chain-primitives';
import type { Harness } from '../../../test-support/harness.js';
import { lateBlock, references, tipOf } from '../../../test-support/uncles.js';
import { inherent } from '../../../test-support/weights/prepare.js';
import type { PalletRows } from '../../../test-support/weights/row.js';
import { network } from '../../../test-support/weights/states.js';
import { MAX_UNCLES } from '../declaration.js';

const author = [new Uint8Array(32).fill(9)];

/** A chain whose next block may reference so many late blocks. */
function withLateBlocks(count: number): readonly [Harness, readonly Header[]] {
  const chain = network();
  const late: Header[] = [];
  for (let i = 0; i < count; i++) {
    const parent = tipOf(chain);
    late.push(lateBlock(chain, author, { parent, slot: parent.slot + 1n }));
    chain.slot += 1n;
    chain.advance(1);
  }
  chain.advance(1);
  return [chain, late];
}

const referenced = (count: number) => {
  const [chain, late] = withLateBlocks(count);
  return inherent(chain, references(late));
};

export const authorshipRows: PalletRows = {
  set_uncles: {
    items: ['base', 'uncle'],
    samples: {
      'one uncle': { counts: { uncle: 1 }, prepare: () => referenced(1) },
      'as many as it may': { counts: { uncle: MAX_UNCLES }, prepare: () => referenced(MAX_UNCLES) },
    },
  },
};
