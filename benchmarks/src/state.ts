// The overlay of a block: cost of a change followed by a search for the first key of a prefix, as queues of pallets do, for few
// and for many changes in the same block. The cost of one must not grow with the number of the others.
import { concatBytes, utf8 } from '@cess/primitives';
import { emptyRoot, OverlayState, StateStore } from '@cess/state';
import { createMemoryKv } from '@cess/store';
import { cpuSecondsOf } from './support/measure.js';
import { type Row, report } from './support/report.js';

const few = 1000;
const many = 32_000;
const maxGrowth = 3;

/** CPU microseconds of one change and search, over so many in one block. */
function changeAndSearch(changes: number): number {
  const prefix = utf8('queue/');
  const keys = Array.from({ length: changes }, (_, i) => {
    const scattered = (i * 2_654_435_761) >>> 0;
    return concatBytes(prefix, utf8(scattered.toString(16).padStart(8, '0')));
  });
  const value = new Uint8Array(40);
  const seconds = cpuSecondsOf(
    () => {
      const overlay = new OverlayState(new StateStore(createMemoryKv()), emptyRoot);
      for (const key of keys) {
        overlay.put(key, value);
        for (const _ of overlay.keys(prefix, undefined, 1)) break;
      }
    },
    { rounds: 3 },
  );
  return (seconds / changes) * 1e6;
}

/** CPU microseconds of taking the first of so many stored entries and deleting it, until none is left. */
async function takeFirst(entries: number): Promise<number> {
  const prefix = utf8('queue/');
  const kv = createMemoryKv();
  const store = new StateStore(kv);
  const keys = Array.from({ length: entries }, (_, i) => concatBytes(prefix, utf8(String(i).padStart(8, '0'))));
  const prepared = store.prepare(
    emptyRoot,
    keys.map((key) => [key, new Uint8Array(40)] as const),
  );
  await kv.write(store.commit(prepared, new Uint8Array(32)));
  const seconds = cpuSecondsOf(
    () => {
      const overlay = new OverlayState(store, prepared.root);
      for (let [first] = overlay.keys(prefix, undefined, 1); first; [first] = overlay.keys(prefix, undefined, 1)) {
        overlay.delete(first);
      }
    },
    { rounds: 3 },
  );
  return (seconds / entries) * 1e6;
}

const [fewTaken, manyTaken] = [await takeFirst(few / 2), await takeFirst(many / 4)];
const [atFew, atMany] = [few, many].map(changeAndSearch) as [number, number];
const rows: readonly Row[] = [
  { name: `change and search, ${few} in a block`, value: atFew, unit: 'µs' },
  {
    name: `change and search, ${many} in a block`,
    value: atMany,
    unit: 'µs',
    ratio: atMany / atFew,
    of: 'those of few',
    target: `at most ${maxGrowth}`,
    met: atMany / atFew <= maxGrowth,
  },
  { name: `take the first and delete it, ${few / 2} stored`, value: fewTaken, unit: 'µs' },
  {
    name: `take the first and delete it, ${many / 4} stored`,
    value: manyTaken,
    unit: 'µs',
    ratio: manyTaken / fewTaken,
    of: 'those of few',
    target: `at most ${maxGrowth}`,
    met: manyTaken / fewTaken <= maxGrowth,
  },
];
report('state overlay', rows);
