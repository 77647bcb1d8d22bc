// Memory of a gateway under mixed load: uploads, reads, deletions and listings by four clients, for CESS_BENCH_SECONDS (20 minutes), beside 2,000
// idle connections and 200 slow readers. Memory must be flat: the last quarter against the second one.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { delay, MiB } from '@cess/primitives';
import { bodyOf, deleteObject, getObject, listObjects, openSlowReader, putObject } from './gateway/s3.js';
import { startSetting } from './gateway/setting.js';
import { anonymousBytes, median } from './support/measure.js';
import { type Row, report } from './support/report.js';

const seconds = Number(process.env['CESS_BENCH_SECONDS'] ?? 1_200);
const lanes = 4;
const keysPerLane = 25;
const sizes = [1, 4_096, 70_000, 400_000, 2 * MiB, 5 * MiB];
const idleConnections = 2_000;
const slowReaders = 200;
const mostGrowth = 0.1;

const bodies = sizes.map((size) => bodyOf(randomBytes(size)));
const setting = await startSetting('bench');
const counts = { puts: 0, gets: 0, deletions: 0, listings: 0 };
const samples: { readonly atMs: number; readonly bytes: number }[] = [];
const begun = performance.now();
const elapsedMs = () => performance.now() - begun;
const isOver = () => elapsedMs() >= seconds * 1000;

async function lane(number: number): Promise<void> {
  const stored = new Map<string, number>();
  for (let step = 0; !isOver(); step++) {
    const slot = (step * 7 + number) % keysPerLane;
    const path = `/bench/lane-${number}/key-${slot}`;
    const known = stored.get(path);
    if (known === undefined || step % 4 === 0) {
      const body = bodies[(step + number) % bodies.length] ?? bodies[0]!;
      await putObject(setting.endpoint, path, body);
      stored.set(path, body.length);
      counts.puts++;
    } else if (step % 4 === 2) {
      await deleteObject(setting.endpoint, path);
      stored.delete(path);
      counts.deletions++;
    } else {
      const length = await getObject(setting.endpoint, path);
      if (length !== known) throw new Error(`${path} has ${length} bytes, not ${known}`);
      counts.gets++;
    }
    if (step % 20 === 0) {
      await listObjects(setting.endpoint, '/bench');
      counts.listings++;
    }
    await delay(20);
  }
}

/** The connections that do no harm. The gateway may close them: they are opened once. */
async function openOthers(): Promise<readonly Socket[]> {
  const { hostname, port } = new URL(setting.endpoint);
  const idle = Array.from({ length: idleConnections }, () => connect(Number(port), hostname).on('error', () => {}));
  const slow = Array.from({ length: slowReaders }, () => openSlowReader(setting.endpoint, '/bench/large'));
  return [...idle, ...(await Promise.all(slow))];
}

const within = (from: number, to: number) =>
  samples.filter(({ atMs }) => atMs >= from * seconds * 1000 && atMs < to * seconds * 1000).map(({ bytes }) => bytes);

let others: readonly Socket[] = [];
try {
  await putObject(setting.endpoint, '/bench/large', bodyOf(randomBytes(33 * MiB)));
  const pid = await setting.gateway.pid();
  const sampler = setInterval(() => samples.push({ atMs: elapsedMs(), bytes: anonymousBytes(pid) }), 1_000);
  others = await openOthers();
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  clearInterval(sampler);
  const quarters = [0, 0.25, 0.5, 0.75].map((from) => median(within(from, from + 0.25)));
  const [, second = 0, , last = 0] = quarters;
  const growth = last / second - 1;
  report(`memory of a gateway under mixed load, ${seconds} s`, [
    ...quarters.map((bytes, at): Row => ({ name: `quarter ${at + 1}, median`, value: bytes / 1e6, unit: 'MB' })),
    { name: 'at most', value: Math.max(...within(0, 1)) / 1e6, unit: 'MB' },
    {
      name: 'last quarter against the second',
      value: growth * 100,
      unit: '%',
      target: `at most ${mostGrowth * 100} %`,
      met: growth <= mostGrowth,
    },
    ...Object.entries(counts).map(([name, value]): Row => ({ name, value, unit: 'requests' })),
  ]);
} finally {
  for (const socket of others) socket.destroy();
  await setting.stop();
}
