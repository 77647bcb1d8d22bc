// PUT and GET of 64 MiB objects: MB per CPU-second of the gateway's process, compared with the sum of the unavoidable costs,
// which the same run measures.
import { createHash, randomBytes } from 'node:crypto';
import { invariant, MiB } from '@cess/primitives';
import { getObject, putObject } from './gateway/s3.js';
import { type Setting, startSetting } from './gateway/setting.js';
import type { UnavoidableCosts } from './gateway/unavoidable-process.js';
import { Child } from './support/child.js';
import { median } from './support/measure.js';
import { type Row, report } from './support/report.js';

const size = 64 * MiB;
const sizeMB = size / 1e6;
const rounds = Number(process.env['CESS_BENCH_ROUNDS'] ?? 20);
const content = randomBytes(size);
const body = {
  length: size,
  sha256: createHash('sha256').update(content).digest('hex'),
  pieces: Array.from({ length: size / MiB }, (_, i) => content.subarray(i * MiB, (i + 1) * MiB)),
};

interface Cost {
  readonly gateway: number;
  readonly providers: number;
}

/** Warm-up rounds: a gateway runs for weeks, and its first objects pay for JIT compilation. */
const warmUpRounds = 6;

/** CPU seconds of both processes for `work`, median over the rounds. */
async function measure(setting: Setting, work: (round: number) => Promise<unknown>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let round = -warmUpRounds; round < rounds; round++) {
    const before = [await setting.gateway.cpuSeconds(), await setting.providers.cpuSeconds()] as const;
    await work(round);
    const after = [await setting.gateway.cpuSeconds(), await setting.providers.cpuSeconds()] as const;
    if (round >= 0) costs.push({ gateway: after[0] - before[0], providers: after[1] - before[1] });
  }
  return { gateway: median(costs.map((c) => c.gateway)), providers: median(costs.map((c) => c.providers)) };
}

interface Verdict {
  readonly name: string;
  readonly cost: Cost;
  readonly unavoidable: Readonly<Record<string, number>>;
  readonly client: number;
}

function rowsOf({ name, cost, unavoidable, client }: Verdict): Row[] {
  const secondsPerMB = Object.values(unavoidable).reduce((sum, value) => sum + value, 0);
  const [speed, limit, fullLimit] = [sizeMB / cost.gateway, 1 / secondsPerMB, 1 / (secondsPerMB + client)];
  return [
    {
      name: `${name}, gateway`,
      value: speed,
      unit: 'MB per CPU-second',
      ratio: speed / limit,
      of: 'limit',
      target: 'at least 0.5 of the limit',
      met: speed >= 0.5 * limit,
    },
    { name: `${name}, limit (sum of the costs below)`, value: limit, unit: 'MB per CPU-second' },
    {
      name: `${name}, limit with the client's connection`,
      value: fullLimit,
      unit: 'MB per CPU-second',
      ratio: speed / fullLimit,
      of: '(gateway of it)',
    },
    {
      name: `${name}, gateway and providers`,
      value: sizeMB / (cost.gateway + cost.providers),
      unit: 'MB per CPU-second',
    },
    ...Object.entries(unavoidable).map(([what, seconds]) => ({
      name: `  ${what}`,
      value: seconds * 1000,
      unit: 'CPU-ms per MB',
      ratio: seconds / secondsPerMB,
      of: 'sum',
    })),
  ];
}

/** In a process of its own, with the nursery of the gateway's workers. */
async function measureUnavoidable(): Promise<UnavoidableCosts> {
  const child = new Child(
    new URL('./gateway/unavoidable-process.js', import.meta.url),
    [],
    ['--max-semi-space-size=1'],
  );
  const costs = await child.ask<UnavoidableCosts>('measure');
  await child.stop();
  return costs;
}

/** The mean of two measurements, before and after, so that a change of the machine's speed affects both sides. */
function meanOf(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(a).map(([name, value]) => [name, (value + b[name]!) / 2]));
}

const before = await measureUnavoidable();
const setting = await startSetting('bench');
try {
  const put = await measure(setting, async (round) => {
    await putObject(setting.endpoint, `/bench/object${round}`, body);
    await setting.settled();
  });
  const get = await measure(setting, async () => {
    invariant((await getObject(setting.endpoint, '/bench/object0')) === size, 'the object comes back whole');
  });
  const after = await measureUnavoidable();
  const [clientPut, clientGet] = [before.clientPut + after.clientPut, before.clientGet + after.clientGet];
  report('gateway, objects of 64 MiB', [
    ...rowsOf({ name: 'PUT', cost: put, unavoidable: meanOf(before.put, after.put), client: clientPut / 2 }),
    ...rowsOf({ name: 'GET', cost: get, unavoidable: meanOf(before.get, after.get), client: clientGet / 2 }),
  ]);
} finally {
  await setting.stop();
}
