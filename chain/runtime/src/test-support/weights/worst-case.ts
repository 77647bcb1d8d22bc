// Blocks over long queues: npm run bench -- worst-case. For 2,000 and 100,000 entries in each queue of the hooks, and for all of
// them together, on a chain of 10,000 providers: what a block took, what it booked, and how that compares with the slot. What a
// block costs must not depend on the length of a queue.
import { cpus } from 'node:os';
import { elementAt } from '@cess/primitives';
import { OverlayState, StateStore, type TrieRoot } from '@cess/state';
import { maxHooksRefTime } from '../../block-limits.js';
import { query } from '../../index.js';
import { weightTable } from '../../weight-table.js';
import { StorageScenario } from '../storage-scenario.js';
import { emptyStore } from './crowded-state.js';
import { deadlines, deletions, departures, providersOf, releases } from './long-queues.js';
import { referencePicoseconds, storeOver, warmUp } from './measure.js';

const slotMs = 1000;
const blocks = 8;
const providers = 10_000;

type Entries = readonly (readonly [Uint8Array, Uint8Array])[];
type Queue = (chain: StorageScenario, length: number) => Entries;

const queues: Readonly<Record<string, Queue>> = {
  'deleted files': deletions,
  'fragments of an expelled provider': departures,
  'rounds that end without a proof, at most one a provider': (chain, length) =>
    deadlines(chain, Math.min(length, providers)),
  'stake that has unbonded, at most one entry a provider': (chain, length) =>
    releases(chain, Math.min(length, providers)),
};

interface Measured {
  /** The median block in milliseconds of CPU, and what it booked: single blocks also pay for garbage of the preparation. */
  readonly spentMs: number;
  readonly bookedMs: number;
  readonly failures: number;
}

const disk = emptyStore();

async function run(fill: (chain: StorageScenario) => Entries): Promise<Measured> {
  const chain = new StorageScenario(16, 100, slotMs);
  const extra = [...providersOf(chain, providers), ...fill(chain)];
  const state = await storeOver(disk, [...chain.ext.entries(), ...extra]);
  const { kv } = state;
  let { root } = state;
  const store = new StateStore(kv);
  const open = (at: StateStore, over: TrieRoot) => {
    const overlay = new OverlayState(at, over);
    chain.openOver(overlay);
    const bookedMs = Number(query.System.BlockWeight.get({ ext: overlay }).mandatory.ref_time) / 1e9;
    chain.runtime.finalizeBlock(overlay);
    return { bookedMs, prepared: overlay.prepare() };
  };
  warmUp(() => open(new StateStore(kv), root));
  const measured: { readonly spentMs: number; readonly bookedMs: number }[] = [];
  for (let block = 0; block < blocks; block++) {
    const before = process.cpuUsage();
    const { bookedMs, prepared } = open(store, root);
    const { user, system } = process.cpuUsage(before);
    measured.push({ spentMs: (user + system) / 1000, bookedMs });
    await kv.write(store.commit(prepared, new Uint8Array(32).fill(block & 0xff)));
    root = prepared.root;
    chain.number++;
    chain.slot++;
  }
  measured.sort((a, b) => a.spentMs - b.spentMs);
  return { ...elementAt(measured, blocks >> 1), failures: chain.hookFailures.length };
}

const speed = Number(weightTable.reference) / referencePicoseconds();
const lines: string[][] = [];
const rows: object[] = [];
const all = (length: number) => (chain: StorageScenario) =>
  Object.values(queues).flatMap((queue) => [...queue(chain, length)]);
const cases: readonly (readonly [string, (length: number) => (chain: StorageScenario) => Entries])[] = [
  ...Object.entries(queues).map(
    ([name, queue]) => [name, (length: number) => (chain: StorageScenario) => queue(chain, length)] as const,
  ),
  ['all of these', all],
];
const limitMs = Number(maxHooksRefTime(BigInt(slotMs))) / 1e9;
for (const [name, fill] of cases) {
  for (const length of [2000, 100_000]) {
    const { spentMs, bookedMs, failures } = await run(fill(length));
    const onReference = spentMs * speed;
    const met = failures === 0 && onReference <= bookedMs && bookedMs <= 2 * limitMs;
    lines.push([
      name,
      String(length),
      onReference.toFixed(1),
      bookedMs.toFixed(1),
      `${((100 * onReference) / slotMs).toFixed(1)} %`,
      met ? 'met' : 'MISSED',
    ]);
    rows.push({ name, length, spentMs: onReference, failures, bookedMs, met });
  }
}
process.stdout.write(
  `\n== worst-case: slots of ${slotMs} ms, ${providers} providers, hooks may book ${limitMs} ms and one step each\n`,
);
const head = ['queue', 'length', 'measured ms', 'booked ms', 'of the slot', 'target: at most what is booked'];
const table = [head, ...lines];
const widths = head.map((_, column) => Math.max(...table.map((line) => (line[column] ?? '').length)));
for (const line of table)
  process.stdout.write(`${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`);
const machine = { cpu: cpus()[0]?.model.trim(), cores: cpus().length, node: process.version };
process.stdout.write(`${JSON.stringify({ benchmark: 'worst-case', date: new Date().toISOString(), machine, rows })}\n`);
