// Samples of Anchors: the longest name of a log.
import { tx } from '../../../index.js';
import { bob } from '../../../test-support/harness.js';
import { applied } from '../../../test-support/weights/prepare.js';
import { fixed, type PalletRows } from '../../../test-support/weights/row.js';
import { derived, network } from '../../../test-support/weights/states.js';
import { MAX_LOG_NAME } from '../declaration.js';

const log = new Uint8Array(MAX_LOG_NAME).fill(0x61);
const anchor = tx.Anchors.anchor({ log, sequence: 1n, root: derived('root') });

export const anchorsRows: PalletRows = {
  anchor: fixed(() => applied(network(), bob, anchor)),
  remove: fixed(() => {
    const chain = network();
    chain.must(bob, anchor);
    return applied(chain, bob, tx.Anchors.remove({ log }));
  }),
};
