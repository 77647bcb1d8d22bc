// Small objects: PUT and GET of 4 KiB at 16 connections, as files of their own and in batches that are packed, one after the other in one
// run; packed ones are read from providers alone, and with the cache of the gateway. CPU time of gateway and providers, packing included,
// and the rate that a client sees.
import { randomBytes } from 'node:crypto';
import { MiB } from '@cess/primitives';
import { credentials } from './gateway/identities.js';
import { preparedRequest, sendPrepared } from './gateway/prepared-load.js';
import { type Body, bodyOf, emptyBody, firstByteMs } from './gateway/s3.js';
import { type Setting, startSetting } from './gateway/setting.js';
import { median } from './support/measure.js';
import { type Row, report } from './support/report.js';

const size = 4096;
const connections = 16;
const requestsPerRound = 960;
/** Rounds before those that are measured: the compiler is done after some thousand requests. */
const warmUps = 3;
const rounds = Number(process.env['CESS_BENCH_ROUNDS'] ?? 5);
const threshold = 128 * 1024;
const waitsMeasured = 300;

interface Cost {
  readonly perSecond: number;
  /** CPU milliseconds of one request. */
  readonly gateway: number;
  readonly providers: number;
}

/** Medians over the rounds after the warm-up; `after` belongs to the CPU time and not to the rate. */
async function costOf(
  { gateway, providers, endpoint }: Setting,
  { request, bodyLength }: { readonly request: (number: number) => Buffer; readonly bodyLength: number },
  after: () => Promise<void> = async () => {},
): Promise<Cost> {
  const costs: Cost[] = [];
  let next = 0;
  for (let round = -warmUps; round < rounds; round++) {
    const before = [await gateway.cpuSeconds(), await providers.cpuSeconds()] as const;
    const requests = Array.from({ length: requestsPerRound }, () => request(next++));
    const startedMs = performance.now();
    await sendPrepared(endpoint, requests, { connections, bodyLength });
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

interface Costs {
  readonly put: Cost;
  readonly get: Cost;
  /** Median milliseconds until the first byte, at one connection. */
  readonly firstByteMs: number;
}

async function measure(smallObjects?: Parameters<typeof startSetting>[1]): Promise<Costs> {
  const setting = await startSetting('small', smallObjects);
  try {
    const body = bodyOf(randomBytes(size));
    const { endpoint } = setting;
    const requestOf = (method: string, path: string, content: Body) =>
      preparedRequest({ endpoint, method, path, body: content, credentials });
    const settled = () => setting.settled();
    const put = await costOf(
      setting,
      { request: (number) => requestOf('PUT', `/small/${number}`, body), bodyLength: 0 },
      settled,
    );
    const stored = requestsPerRound * (rounds + warmUps);
    const pathOf = (number: number) => `/small/${(number * 7919) % stored}`;
    const get = await costOf(setting, {
      request: (number) => requestOf('GET', pathOf(number), emptyBody),
      bodyLength: size,
    });
    const waits: number[] = [];
    for (let number = 0; number < waitsMeasured; number++) waits.push(await firstByteMs(endpoint, pathOf(number)));
    return { put, get, firstByteMs: median(waits) };
  } finally {
    await setting.stop();
  }
}

const alone = await measure();
const together = await measure({ batchBelowBytes: threshold, packAfterMs: 1_000, smallCacheBytes: 0 });
const cached = await measure({ batchBelowBytes: threshold, packAfterMs: 1_000, smallCacheBytes: 32 * MiB });

/** `floor`: least rate. */
function rows(name: string, one: Cost, other: Cost, floor: number): Row[] {
  const of = `${name} of files`;
  const target = { target: `at least ${floor} per second`, met: other.perSecond >= floor };
  const ratio = (value: number, whole: number) => ({ value, unit: 'ms', ratio: value / whole, of });
  return [
    { name: of, value: one.perSecond, unit: 'per second' },
    {
      name: `${name} packed`,
      value: other.perSecond,
      unit: 'per second',
      ratio: other.perSecond / one.perSecond,
      of,
      ...target,
    },
    { name: `${name} of files, CPU of the gateway`, value: one.gateway, unit: 'ms' },
    { name: `${name} packed, CPU of the gateway`, ...ratio(other.gateway, one.gateway) },
    { name: `${name} of files, CPU of 16 providers`, value: one.providers, unit: 'ms' },
    { name: `${name} packed, CPU of 16 providers`, ...ratio(other.providers, one.providers) },
  ];
}

const put = rows('PUT', alone.put, cached.put, 600);
const tenfold = cached.put.perSecond / alone.put.perSecond;
report(`objects of ${size} bytes at ${connections} connections`, [
  ...put,
  { name: 'PUT packed to PUT of files', value: tenfold, unit: 'x', target: 'at least 10', met: tenfold >= 10 },
  ...rows('GET from providers,', alone.get, together.get, 2_500),
  ...rows('GET from memory,', alone.get, cached.get, 2_500),
  { name: 'first byte of files, at one connection', value: alone.firstByteMs, unit: 'ms' },
  {
    name: 'first byte packed, from providers',
    value: together.firstByteMs,
    unit: 'ms',
    target: 'at most 3',
    met: together.firstByteMs <= 3,
  },
  { name: 'first byte packed, from memory', value: cached.firstByteMs, unit: 'ms' },
]);
