// Upload throughput with and without background work (tagging, proving, repair). The network runs as processes. Phases with
// the background work paused alternate with phases where it runs, so that a change of the machine's load affects both.
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
/** Longest time that a pause waits for repairs to complete. */
const repairMs = 30_000;
const target = 0.8;
const cores = cpus().length;
/** Time after which no new pair of phases starts. */
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
  /** MB per second and per CPU that other programs left free. CPU time of background work counts as free, too. */
  readonly perCore: number;
  /** MB per CPU-second of gateway and providers, without their threads for background work. */
  readonly perCpuSecond: number;
  /** CPUs used by background work in the phase: the enclave and the proof threads. */
  readonly background: number;
  /** CPUs used by programs other than the network and this process. */
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

/** Waits for a condition up to a timeout; returns whether it was met. */
async function within(ms: number, holds: () => Promise<boolean> | boolean): Promise<boolean> {
  for (const until = performance.now() + ms; performance.now() < until; await pause(200))
    if (await holds()) return true;
  return false;
}

/** Fragments for each provider: enough that a lost disk cannot be repaired within one phase. */
async function prepare(): Promise<void> {
  const { endpoint } = network.credentials;
  await putObject(endpoint, '/bench', emptyBody, network.credentials);
  const early = bodyOf(randomBytes(100_000));
  for (let i = 0; i < 20; i++) await putObject(endpoint, `/bench/early-${i}`, early, network.credentials);
  invariant(await within(90_000, () => witness.work.tagged >= 20 * 12), 'the first fragments are tagged');
  network.pauseBackground();
  // Warm-up, and fragments that are tagged later.
  for (const kind of ['large', 'small', 'large', 'small'] as const) await upload(kind);
}

/** Pauses the background work, or resumes all of it at a time without uploads, when it runs at its maximum. */
async function begin(phase: Phase, pair: number): Promise<void> {
  if (phase === 'paused') {
    network.pauseBackground();
    // Without a TEE worker there are no tags and no verdicts, but repair continues.
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
    // Order A, B, B, A, so that drift affects both sides.
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
