// Samples of FileBank: segments with as many fragments as there may be, tags on what is removed, an owner of its own for each
// lost fragment.
import { elementAt, invariant } from '@cess/primitives';
import { holdingDigest } from '@cess/types';
import { query, tx } from '../../../index.js';
import { AuditScenario } from '../../../test-support/audit-scenario.js';
import { alice, bob, contextOver, GENESIS_HASH } from '../../../test-support/harness.js';
import { batchOf, fileOf, segmentOf } from '../../../test-support/storage-scenario.js';
import { applied, opened } from '../../../test-support/weights/prepare.js';
import { fixed, type PalletRows, type Row, type Sample } from '../../../test-support/weights/row.js';
import {
  accountOf,
  derived,
  MAX_FRAGMENTS,
  network,
  type StoredFiles,
  storedFiles,
  tagged,
} from '../../../test-support/weights/states.js';
import { beginLeaving } from '../../sminer/holdings.js';
import { fileBankStorage as storage } from '../declaration.js';

const numbersTo = (count: number) => Array.from({ length: count }, (_, index) => index);

interface Declared {
  readonly file: number;
  readonly segment: number;
  readonly holders: number;
  readonly holes?: number;
}

/** A batch of files with so many segments in all. */
function declaration({ file, segment, holders, holes = 0 }: Declared): Sample {
  const placed = [...numbersTo(holders), ...numbersTo(holes).map(() => undefined)];
  const counts = { file, segment, fragment: segment * placed.length, hole: segment * holes, attestation: holders };
  const prepare = () => {
    const chain = network(16);
    const files = numbersTo(file).map((tag) => {
      const segments = numbersTo(segment / file).map((index) => segmentOf(tag * 50 + index, placed));
      return fileOf(tag, segments);
    });
    return applied(chain, bob, tx.FileBank.declare_batch(batchOf(chain.providers, files)));
  };
  return { counts, prepare };
}

const placesOf = (ids: readonly Uint8Array[]) => ids.map((file_id) => ({ file_id, segment: 0, fragment: 0 }));

/** Two numbers of places. */
function places(prepareFor: (count: number) => Sample['prepare']): Row {
  const counts = [1, 8];
  return {
    items: ['base', 'place'],
    samples: Object.fromEntries(
      counts.map((place) => [`${place} places`, { counts: { place }, prepare: () => prepareFor(place)() }]),
    ),
  };
}

/** Orders that provider 15 may claim: its fragments are holes, and provider 1 has lost others. */
function lostFiles(count: number): StoredFiles {
  const files = storedFiles(count, { holes: 1 });
  const { chain, ids } = files;
  const lost = ids.map((file_id) => ({ file_id, segment: 0, fragment: 1 }));
  chain.must(accountOf(chain, 1), tx.FileBank.report_loss({ places: lost }));
  return files;
}

const lostPlaces = (ids: readonly Uint8Array[]) => ids.map((file_id) => ({ file_id, segment: 0, fragment: 1 }));

/** Holes that provider 7 has claimed, restored and had tagged. */
function completion(count: number) {
  const chain = new AuditScenario();
  const ids = numbersTo(count).map(() => chain.storeFile([undefined, 1, 2, 3, 4, 5]));
  chain.advance(121);
  const provider = accountOf(chain, 7);
  chain.must(provider, tx.FileBank.claim_restoral_orders({ places: placesOf(ids) }));
  const { keyId } = elementAt(chain.workers, 0);
  const fragments = ids.map((id) => chain.restore(7, id, 0));
  return applied(chain, provider, tx.FileBank.complete_restoral_orders({ key_id: keyId, fragments }));
}

function deletion(count: number) {
  const { chain, ids } = storedFiles(count);
  for (const id of ids) {
    const file = query.FileBank.Files.get(chain, id);
    invariant(file, 'the file is stored');
    storage.Files.put(chain, id, { ...file, owner: alice.publicKey });
  }
  return { chain, call: tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [...ids] }) };
}

/** A deleted segment, tagged, with as many fragments as there may be. */
function removal() {
  const { chain, ids } = tagged(storedFiles(1, { providers: MAX_FRAGMENTS }));
  const id = elementAt(ids, 0);
  storage.Files.remove(chain, id);
  const progress = { order_id: derived('order'), next_segment: 0, segment_count: 1, deleted_at: chain.number };
  storage.PendingDeletion.put(chain, id, progress);
  return opened(chain);
}

/** Segments of a former version: orders without a record, one entry each in the former queue. */
function formerQueue(count: number) {
  const { chain, ids } = storedFiles(count, { providers: MAX_FRAGMENTS });
  for (const id of ids) {
    for (const fragment of [3, 4]) {
      const order = { reason: 'Exit' as const, opened_at: 1, margin: 9, claim: undefined };
      storage.RestoralOrders.put(chain, id, 0, fragment, order);
    }
    storage.RestoralQueue.put(chain, 9, id, 0, 3, undefined);
  }
  return opened(chain);
}

/** A segment whose tagging deadline has ended. */
function overdue(files: StoredFiles) {
  const { chain, ids } = files;
  for (const [[at, fileId, segment]] of [...storage.TaggingDue.entries(chain, [])])
    storage.TaggingDue.remove(chain, at, fileId, segment);
  storage.LastTagged.put(chain, chain.number);
  storage.TaggingClock.put(chain, { clock: 9, seen: 0 });
  for (const id of ids) storage.TaggingDue.put(chain, 1, id, 0, chain.number);
  return opened(chain);
}

/** A provider with so many fragments that leaves. */
function departure(count: number, state: 'Exiting' | 'Expelled') {
  const { chain } = tagged(storedFiles(count));
  beginLeaving(contextOver(chain.ext), 0, state);
  storage.Departing.put(chain, 0, { after: undefined });
  return opened(chain);
}

function freedOrders(count: number) {
  const chain = network();
  for (let i = 0; i < count; i++) {
    const [order, owner] = [derived(`order ${i}`), derived(`owner ${i}`)];
    storage.RetiredOrders.put(chain, chain.number, order, owner, undefined);
    storage.OwnedOrders.put(chain, order, owner, order);
  }
  return opened(chain);
}

export const fileBankRows: PalletRows = {
  declare_batch: {
    items: ['base', 'file', 'segment', 'fragment', 'hole', 'attestation'],
    samples: {
      '1 segment, 4 holders': declaration({ file: 1, segment: 1, holders: 4 }),
      '1 segment, 16 holders': declaration({ file: 1, segment: 1, holders: 16 }),
      '40 segments, 4 holders': declaration({ file: 1, segment: 40, holders: 4 }),
      '40 segments, 16 holders': declaration({ file: 1, segment: 40, holders: 16 }),
      '40 segments, 4 holders, 12 holes': declaration({ file: 1, segment: 40, holders: 4, holes: 12 }),
      '20 files of 2 segments, 4 holders': declaration({ file: 20, segment: 40, holders: 4 }),
    },
  },
  delete_files: {
    items: ['base', 'file'],
    samples: Object.fromEntries(
      [1, 20].map((file) => {
        const prepare = () => {
          const { chain, call } = deletion(file);
          return applied(chain, alice, call);
        };
        return [`${file} files`, { counts: { file }, prepare }];
      }),
    ),
  },
  report_placement: fixed(() => {
    const { chain, ids } = storedFiles(1, { holes: 1 });
    const id = elementAt(ids, 0);
    const file = query.FileBank.Files.get(chain, id);
    invariant(file, 'the file is stored');
    storage.Files.put(chain, id, { ...file, owner: alice.publicKey });
    const info = storage.Fragments.get(chain, id, 0, 0);
    const shape = storage.Segments.get(chain, id, 0);
    invariant(info && shape, 'the fragment is declared');
    const entries = [{ fileId: id, segment: 0, fragment: 0, root: info.root, length: shape.fragment_length }];
    const until = chain.number + 50;
    const claim = { genesis: GENESIS_HASH, provider: 0, gateway: bob.publicKey, until, entries };
    const signature = elementAt(chain.providers, 0).node.sign(holdingDigest(claim));
    const call = tx.FileBank.report_placement({ file_id: id, segment: 0, fragment: 0, miner: 0, until, signature });
    return applied(chain, bob, call);
  }),
  claim_restoral_orders: places((count) => () => {
    const { chain, ids } = lostFiles(count);
    return applied(chain, accountOf(chain, 0), tx.FileBank.claim_restoral_orders({ places: lostPlaces(ids) }));
  }),
  complete_restoral_orders: places((count) => () => completion(count)),
  report_loss: places((count) => () => {
    const { chain, ids } = tagged(storedFiles(count));
    return applied(chain, accountOf(chain, 0), tx.FileBank.report_loss({ places: placesOf(ids) }));
  }),
  release_restoral_orders: places((count) => () => {
    const { chain, ids } = lostFiles(count);
    const account = accountOf(chain, 0);
    chain.must(account, tx.FileBank.claim_restoral_orders({ places: lostPlaces(ids) }));
    return applied(chain, account, tx.FileBank.release_restoral_orders({ places: lostPlaces(ids) }));
  }),
  onInitialize: {
    items: ['removed', 'released', 'moved', 'examined', 'lost', 'offered'],
    samples: {
      'a deleted segment of 256': { counts: { removed: MAX_FRAGMENTS + 1 }, prepare: removal },
      '50 order ids': { counts: { released: 50 }, prepare: () => freedOrders(50) },
      '3 entries of the former queue': { counts: { moved: 3 }, prepare: () => formerQueue(3) },
      'a tagged segment of 256': {
        counts: { examined: MAX_FRAGMENTS + 1 },
        prepare: () => overdue(tagged(storedFiles(1, { providers: MAX_FRAGMENTS }))),
      },
      'an expelled provider with 16 fragments': {
        // The last look finds nothing left.
        counts: { lost: 17 },
        prepare: () => departure(16, 'Expelled'),
      },
      'a leaving provider with 16 fragments': { counts: { offered: 16 }, prepare: () => departure(16, 'Exiting') },
      'an untagged segment of 16': {
        counts: { examined: 17, lost: 16 },
        prepare: () => overdue(storedFiles(1)),
        isCheck: true,
      },
    },
  },
};
