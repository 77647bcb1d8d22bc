// Samples of System: the shortest and a long remark.
import { tx } from '../../../index.js';
import { alice, Harness } from '../../../test-support/harness.js';
import { applied } from '../../../test-support/weights/prepare.js';
import type { PalletRows, Row } from '../../../test-support/weights/row.js';

const BYTES = 65_536;

const remarks = (call: (args: { readonly remark: Uint8Array }) => Uint8Array): Row => ({
  items: ['base', 'byte'],
  samples: Object.fromEntries(
    [0, BYTES].map((byte) => [
      `${byte} bytes`,
      { counts: { byte }, prepare: () => applied(new Harness(), alice, call({ remark: new Uint8Array(byte) })) },
    ]),
  ),
});

export const systemRows: PalletRows = {
  remark: remarks(tx.System.remark),
  remark_with_event: remarks(tx.System.remark_with_event),
};
