// This network beside Ceph's radosgw on one machine: both code 4 + 8, answer after data is on disk, and get the same presigned requests in turn.
// MB per second of CPU time of all processes is the figure that a busy machine disturbs least. Our network is the real one as processes, with
// chain, TEE worker and 16 providers, and its background work; Ceph has 12 OSDs. Needs Debian's packages ceph-mon, ceph-mgr, ceph-osd and
// radosgw; without them our figures stand beside recorded ones. `CESS_BENCH_SHARE` scales the number of requests.
import { randomBytes } from 'node:crypto';
import { MiB } from '@cess/primitives';
import { ProcessNetwork } from './background/process-network.js';
import { type Cell, createBucket, measureCell, type Outcome, type Server } from './peers/load.js';
import { missingPrograms, RadosgwCluster } from './peers/radosgw-cluster.js';
import { type Row, report } from './support/report.js';

const bucket = 'peers';
const share = Number(process.env['CESS_BENCH_SHARE'] ?? 1);

const sizes = [
  { size: 4 * 1024, name: '4 KiB', requests: { 1: 200, 16: 1_600 } },
  { size: 64 * 1024, name: '64 KiB', requests: { 1: 100, 16: 800 } },
  { size: MiB, name: '1 MiB', requests: { 1: 40, 16: 240 } },
  { size: 16 * MiB, name: '16 MiB', requests: { 1: 10, 16: 40 } },
] as const;
const cells: readonly (Cell & { readonly name: string })[] = sizes.flatMap(({ size, name, requests }) =>
  ([1, 16] as const).flatMap((connections) =>
    (['PUT', 'GET'] as const).map((method) => ({
      method,
      size,
      connections,
      requests: Math.max(connections, Math.round(requests[connections] * share)),
      name: `${method} ${name}, ${connections} at once`,
    })),
  ),
);

/** MB per CPU-second of radosgw 16.2.15 with 12 OSDs, isa 4 + 8, measured on 2 cores (AMD EPYC) in November 2026, by size and method. */
const recorded = new Map([
  [`PUT ${MiB}`, 26],
  [`GET ${MiB}`, 182],
  [`PUT ${16 * MiB}`, 63],
  [`GET ${16 * MiB}`, 344],
]);
/** Least ratio to radosgw, from 1 MiB on. */
const floors = { PUT: 1, GET: 0.7 };

async function measureAll(server: Server): Promise<Outcome[]> {
  await createBucket(server, bucket);
  const outcomes: Outcome[] = [];
  for (const cell of cells) outcomes.push(await measureCell(server, bucket, cell, randomBytes(cell.size)));
  return outcomes;
}

async function measureCeph(): Promise<Outcome[] | undefined> {
  const missing = missingPrograms();
  if (missing.length > 0) {
    process.stdout.write(
      `radosgw is not measured: the machine lacks ${missing.join(', ')}. Recorded figures follow.\n`,
    );
    return undefined;
  }
  const cluster = await RadosgwCluster.start();
  try {
    return await measureAll(cluster);
  } finally {
    await cluster.stop();
  }
}

async function measureOurs(): Promise<Outcome[]> {
  const network = await ProcessNetwork.start({ CESS_MIN_FREE_BYTES: '1000000000' });
  try {
    const { credentials } = network;
    return await measureAll({ endpoint: credentials.endpoint, credentials, all: () => network.all() });
  } finally {
    await network.stop();
  }
}

function rowsOf(cell: (typeof cells)[number], ours: Outcome, theirs: Outcome | undefined): Row[] {
  const ceph = `${cell.name}: radosgw`;
  const reference = theirs?.megabytesPerCpuSecond ?? recorded.get(`${cell.method} ${cell.size}`);
  const text = ({ perSecond, p50, p99, cpuMs }: Outcome) =>
    `${perSecond.toFixed(1)}/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${cpuMs.toFixed(2)} CPU-ms`;
  const unit = 'MB per CPU-s';
  const ratio = reference === undefined ? undefined : ours.megabytesPerCpuSecond / reference;
  const floor = floors[cell.method];
  const target = { target: `at least ${floor} x`, met: ratio === undefined || ratio >= floor };
  const own: Row = {
    name: `${cell.name}: ${text(ours)}`,
    value: ours.megabytesPerCpuSecond,
    unit,
    ...(ratio === undefined ? {} : { ratio, of: theirs === undefined ? `${ceph}, recorded` : 'radosgw' }),
    ...(cell.size < MiB ? {} : target),
  };
  return theirs === undefined
    ? [own]
    : [own, { name: `${ceph}: ${text(theirs)}`, value: theirs.megabytesPerCpuSecond, unit }];
}

const theirs = await measureCeph();
const ours = await measureOurs();
report(
  'this network and radosgw',
  cells.flatMap((cell, index) => {
    const outcome = ours[index];
    return outcome === undefined ? [] : rowsOf(cell, outcome, theirs?.[index]);
  }),
);
