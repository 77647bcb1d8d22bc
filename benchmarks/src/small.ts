// Small objects: PUT and GET of 4 KiB at 16 connections, as files of their own and in batches that are packed, one after the other in one
// run. CPU time of gateway and providers, packing included, and the rate that a client sees.
import { randomBytes } from 'node:crypto';
import { invariant } from '@cess/primitives';
import { bodyOf, getObject, putObject } from './gateway/s3.js';
import { type Setting, startSetting } from './gateway/setting.js';
import { median } from './support/measure.js';
import { type Row, report } from './support/report.js';

const size = 4096;
const connections = 16;
const requestsPerRound = 960;
const rounds = Number(process.env['CESS_BENCH_ROUNDS'] ?? 5);
const threshold = 128 * 1024;

interface Cost {
  readonly perSecond: number;
  /** CPU milliseconds of one request. */
  readonly gateway: number;
  readonly providers: number;
}

/** Medians over the rounds, after one that warms up; `after` belongs to the CPU time and not to the rate. */
async function costOf(
  { gateway, providers }: Setting,
  request: (number: number) => Promise<unknown>,
  after: () => Promise<void> = async () => {},
): Promise<Cost> {
  const costs: Cost[] = [];
  let next = 0;
  for (let round = -1; round < rounds; round++) {
    const before = [await gateway.cpuSeconds(), await providers.cpuSeconds()] as const;
    const startedMs = performance.now();
    const end = next + requestsPerRound;
    const lane = async () => {
      while (next < end) await request(next++);
    };
    await Promise.all(Array.from({ length: connections }, lane));
    const seconds = (performance.now() - startedMs) / 1000;
    await after();
    const perRequest = (spent: number) => (spent * 1000) / requestsPerRound;
    if (round >= 0)
      costs.push({
        perSecond: requestsPerRound / seconds,
        gateway: perRequest((await gateway.cpuSeconds()) - before[0]),
        providers: perRequest((await providers.cpuSeconds()) - before[1]),
      });
  }
  const of = (field: keyof Cost) => median(costs.map((cost) => cost[field]));
  return { perSecond: of('perSecond'), gateway: of('gateway'), providers: of('providers') };
}

async function measure(
  smallObjects?: Parameters<typeof startSetting>[1],
): Promise<{ readonly put: Cost; readonly get: Cost }> {
  const setting = await startSetting('small', smallObjects);
  try {
    const body = bodyOf(randomBytes(size));
    const { endpoint } = setting;
    const settled = () => setting.settled();
    const put = await costOf(setting, (number) => putObject(endpoint, `/small/${number}`, body), settled);
    const stored = requestsPerRound * (rounds + 1);
    const get = await costOf(setting, async (number) => {
      invariant((await getObject(endpoint, `/small/${(number * 7919) % stored}`)) === size, 'the object is whole');
    });
    return { put, get };
  } finally {
    await setting.stop();
  }
}

const alone = await measure();
const together = await measure({ batchBelowBytes: threshold, packAfterMs: 1_000 });

function rows(name: 'PUT' | 'GET', one: Cost, other: Cost): Row[] {
  const of = `${name} of files`;
  return [
    { name: of, value: one.perSecond, unit: 'per second' },
    { name: `${name} packed`, value: other.perSecond, unit: 'per second', ratio: other.perSecond / one.perSecond, of },
    { name: `${name} of files, CPU of the gateway`, value: one.gateway, unit: 'ms' },
    {
      name: `${name} packed, CPU of the gateway`,
      value: other.gateway,
      unit: 'ms',
      ratio: other.gateway / one.gateway,
      of,
    },
    { name: `${name} of files, CPU of 16 providers`, value: one.providers, unit: 'ms' },
    {
      name: `${name} packed, CPU of 16 providers`,
      value: other.providers,
      unit: 'ms',
      ratio: other.providers / one.providers,
      of,
    },
  ];
}

report(`objects of ${size} bytes at ${connections} connections`, [
  ...rows('PUT', alone.put, together.put),
  ...rows('GET', alone.get, together.get),
]);
