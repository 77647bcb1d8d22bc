// Uploads beside tagging, proving and repair: the network as processes, the same uploads in phases with the background work
// paused and not, in turn, so that a machine that gets busier counts on both sides.
import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import { invariant, MiB } from '@cess/primitives';
import { type CpuTimes, cpuOf, machineBusySeconds } from './background/cpu.js';
import { ProcessNetwork } from './background/process-network.js';
import { Witness, type Work } from './background/witness.js';
import { bodyOf, emptyBody, putInParts, putObject } from './gateway/s3.js';
import { median, ownCpuSeconds } from './support/measure.js';
import { type Row, report } from './support/report.js';

const [partSize, parts, partsAtOnce] = [8 * MiB, 8, 3];
const smallPerSample = 16;
const mostPairs = Number(process.env['CESS_BENCH_PAIRS'] ?? 12);
const pairsPerWipe = 3;
const settleMs = 3_000;
/** A pause waits this long at most for repair to end. */
const repairMs = 30_000;
const target = 0.8;
const cores = cpus().length;
/** No new pair begins after this long. */
const longestMs = 400_000;
const settings = {
  CESS_SLOT_MS: '500',
  CESS_AUDIT_CYCLE_SECONDS: '10',
  CESS_AUDIT_DISPUTE_SECONDS: '10',
  CESS_MIN_FREE_BYTES: '1000000000',
};

type Phase = 'paused' | 'busy';
type Kind = 'large' | 'small';

interface Sample {
  readonly phase: Phase;
  readonly kind: Kind;
  readonly perSecond: number;
  /** MB per second and processor that others left. What background work takes from others counts as left, too. */
  readonly perCore: number;
  /** MB per CPU-second of gateway and providers, threads of background work left out. */
  readonly perCpuSecond: number;
  /** Processors' worth of background work meanwhile: the enclave, threads for proofs. */
  readonly background: number;
  /** Processors' worth of what neither the network nor this process did. */
  readonly others: number;
}

const started = performance.now();
const part = bodyOf(randomBytes(partSize));
const small = bodyOf(randomBytes(MiB));
const network = await ProcessNetwork.start(settings);
const witness = await Witness.create(network.rpc);
let names = 0;

async function upload(kind: Kind): Promise<number> {
  const { endpoint } = network.credentials;
  const path = `/bench/${kind}-${names++}`;
  if (kind === 'large') {
    await putInParts({ endpoint, path, credentials: network.credentials }, new Array(parts).fill(part), partsAtOnce);
    return (partSize * parts) / 1e6;
  }
  for (let i = 0; i < smallPerSample; i++) await putObject(endpoint, `${path}-${i}`, small, network.credentials);
  return (smallPerSample * MiB) / 1e6;
}

interface Reading {
  readonly ms: number;
  readonly uploading: CpuTimes;
  readonly all: CpuTimes;
  readonly client: number;
  readonly machine: number;
}

function read(): Reading {
  const [uploading, all] = [cpuOf(network.uploading()), cpuOf(network.all())];
  return { ms: performance.now(), uploading, all, client: ownCpuSeconds(), machine: machineBusySeconds() };
}

async function sample(phase: Phase, kind: Kind): Promise<Sample> {
  const before = read();
  const megabytes = await upload(kind);
  const after = read();
  const seconds = (after.ms - before.ms) / 1000;
  const own =
    after.all.foreground +
    after.all.background -
    before.all.foreground -
    before.all.background +
    after.client -
    before.client;
  const others = Math.max(0, after.machine - before.machine - own) / seconds;
  return {
    phase,
    kind,
    perSecond: megabytes / seconds,
    perCore: megabytes / seconds / Math.max(0.1, cores - others),
    others,
    perCpuSecond: megabytes / (after.uploading.foreground - before.uploading.foreground),
    background: (after.all.background - before.all.background) / seconds,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for what may not come: says whether it did. */
async function within(ms: number, holds: () => Promise<boolean> | boolean): Promise<boolean> {
  for (const until = performance.now() + ms; performance.now() < until; await pause(200))
    if (await holds()) return true;
  return false;
}

/** A registry of so many fragments for each provider that the loss of a disk is more than it repairs on its own. */
async function prepare(): Promise<void> {
  const { endpoint } = network.credentials;
  await putObject(endpoint, '/bench', emptyBody, network.credentials);
  const early = bodyOf(randomBytes(100_000));
  for (let i = 0; i < 20; i++) await putObject(endpoint, `/bench/early-${i}`, early, network.credentials);
  invariant(await within(90_000, () => witness.work.tagged >= 20 * 12), 'the first fragments are tagged');
  network.pauseBackground();
  // To warm up, and what is to be tagged later.
  for (const kind of ['large', 'small', 'large', 'small'] as const) await upload(kind);
}

/** Pauses, or lets all of it begin in a moment of quiet, which is when it is most. */
async function begin(phase: Phase, pair: number): Promise<void> {
  if (phase === 'paused') {
    network.pauseBackground();
    // Without a worker there are no tags and no verdicts, but repair continues.
    await within(repairMs, async () => (await witness.openOrders()) === 0);
  } else network.resumeBackground();
  await pause(settleMs);
  if (phase === 'paused' || pair % pairsPerWipe !== 0) return;
  const { lost } = witness.work;
  await network.wipe(`provider-${String(pair / pairsPerWipe + 3).padStart(2, '0')}`);
  await within(15_000, () => witness.work.lost > lost);
}

const samples: Sample[] = [];
const done: Record<Phase, Record<keyof Work, number>> = {
  paused: { tagged: 0, rebuilt: 0, lost: 0, proofs: 0, roundsOpened: 0 },
  busy: { tagged: 0, rebuilt: 0, lost: 0, proofs: 0, roundsOpened: 0 },
};
const ordersOpen: number[] = [];

async function run(phase: Phase, pair: number): Promise<void> {
  await begin(phase, pair);
  const before = witness.work;
  if (phase === 'busy') ordersOpen.push(await witness.openOrders());
  for (const kind of ['large', 'small'] as const) samples.push(await sample(phase, kind));
  const after = witness.work;
  for (const name of Object.keys(after) as (keyof Work)[]) done[phase][name] += after[name] - before[name];
}

const valuesOf = (phase: Phase, kind: Kind, value: (sample: Sample) => number): number[] =>
  samples.filter((s) => s.phase === phase && s.kind === kind).map(value);

function rowsOf(kind: Kind, name: string): Row[] {
  const measures = [
    ['wall', 'MB/s', (s: Sample) => s.perSecond],
    ['per core that others left', 'MB/s', (s: Sample) => s.perCore],
    ['gateway and providers', 'MB per CPU-second', (s: Sample) => s.perCpuSecond],
  ] as const;
  return measures.flatMap(([what, unit, value]): Row[] => {
    const [paused, busy] = [valuesOf('paused', kind, value), valuesOf('busy', kind, value)];
    const ratio = median(busy) / median(paused);
    const inPairs = median(busy.map((speed, pair) => speed / paused[pair]!));
    return [
      { name: `${name}, ${what}, paused`, value: median(paused), unit },
      {
        ...{ name: `${name}, ${what}, busy`, value: median(busy), unit, ratio, of: 'paused' },
        ...{ target: `at least ${target} of paused`, met: ratio >= target },
      },
      { name: '  median of the ratios of neighbours', value: inPairs, unit: 'x paused' },
    ];
  });
}

const phases = ['paused', 'busy'] as const;

try {
  await prepare();
  for (let pair = 0; pair < mostPairs && performance.now() - started < longestMs; pair++) {
    // A, B, B, A: what drifts is on both sides.
    for (const phase of pair % 2 === 0 ? phases : phases.toReversed()) await run(phase, pair);
  }
  const medianOf = (phase: Phase, value: (sample: Sample) => number): number =>
    median((['large', 'small'] as const).flatMap((kind) => valuesOf(phase, kind, value)));
  report(`uploads beside background work, ${samples.length / 4} pairs`, [
    ...rowsOf('large', '64 MiB in parts'),
    ...rowsOf('small', '1 MiB'),
    ...phases.flatMap((phase): Row[] => [
      { name: `${phase}: background threads`, value: medianOf(phase, (s) => s.background), unit: 'cores' },
      { name: `${phase}: others on the machine`, value: medianOf(phase, (s) => s.others), unit: 'cores' },
      ...(['tagged', 'proofs', 'rebuilt'] as const).map((what) => ({
        name: `${phase}: ${what} meanwhile`,
        value: done[phase][what],
        unit: '',
      })),
    ]),
    { name: 'busy: restoral orders open', value: median(ordersOpen), unit: '' },
  ]);
} finally {
  await witness.close();
  await network.stop();
}
