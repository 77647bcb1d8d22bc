// Samples of Grandpa: a block that announces a set of eleven.
import { query } from '../../../index.js';
import { opened } from '../../../test-support/weights/prepare.js';
import type { PalletRows } from '../../../test-support/weights/row.js';
import { derived, network } from '../../../test-support/weights/states.js';

export const grandpaRows: PalletRows = {
  onInitialize: {
    items: ['changed'],
    samples: {
      'a change of the set': {
        counts: { changed: 1 },
        prepare: () => {
          const chain = network(16);
          const members = Array.from({ length: 11 }, (_, i) => ({
            account: derived(`member ${i}`),
            key: derived(`key ${i}`),
          }));
          query.Session.Members.put(chain, members);
          return opened(chain);
        },
      },
    },
  },
};
