// Small requests to a gateway: CPU time of its process for GET and PUT of 4 KiB, and which shares of it the decision by policies, the
// entries of the audit log, the keys of streams and the count of traffic take. Then listings of an index with a million objects.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccessRequest, compilePolicy, evaluate, type PolicySet, parsePolicy } from '@cess/access';
import { AuditLog } from '@cess/audit-log';
import { systemRng } from '@cess/crypto';
import { TrafficCounter } from '@cess/gateway';
import { ObjectIndex } from '@cess/object-index';
import { invariant, noMetrics, silentLogger, systemTimers, throwFatal } from '@cess/primitives';
import { unwrapStreamKey, wrapStreamKey } from '@cess/sealing';
import { openLmdb } from '@cess/store';
import { bodyOf, getObject, putObject } from './gateway/s3.js';
import { type Setting, startSetting } from './gateway/setting.js';
import { cpuSecondsOf, median, ownCpuSeconds } from './support/measure.js';
import { type Row, report } from './support/report.js';

const size = 4096;
const requestsPerRound = 400;
const rounds = Number(process.env['CESS_BENCH_ROUNDS'] ?? 7);

/** CPU seconds of the gateway for one request, median over the rounds; the first two rounds warm up. */
async function perRequest(setting: Setting, request: (number: number) => Promise<unknown>): Promise<number> {
  const costs: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const before = await setting.gateway.cpuSeconds();
    for (let number = 0; number < requestsPerRound; number++) await request(number);
    if (round >= 0) costs.push(((await setting.gateway.cpuSeconds()) - before) / requestsPerRound);
  }
  return median(costs);
}

/** A user with three policies of five statements, and a bucket policy of ten with conditions: only the last one matches. */
function policies(): PolicySet {
  const statement = (Resource: string, Condition?: object) => ({
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
    Resource,
    ...(Condition === undefined ? {} : { Condition }),
  });
  const document = (statements: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const identity = Array.from({ length: 3 }, (_, policy) =>
    document(Array.from({ length: 5 }, (_, at) => statement(`arn:aws:s3:::box/team-${policy}/${at}/*`))),
  );
  const condition = { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' }, StringLike: { 'aws:UserAgent': 'tool-*' } };
  const ofBucket = Array.from({ length: 10 }, (_, at) => ({
    ...statement(at === 9 ? 'arn:aws:s3:::box/*' : `arn:aws:s3:::box/shared-${at}/*`, condition),
    Principal: '*',
  }));
  return {
    identity: identity.map((text, at) => compilePolicy(parsePolicy(text, 'managed'), `managed-${at}`)),
    resource: compilePolicy(parsePolicy(document(ofBucket), 'bucket', { bucket: 'box' }), 'bucket'),
  };
}

function decisionSeconds(): number {
  const set = policies();
  const keys: Readonly<Record<string, string>> = { 'aws:sourceip': '10.1.2.3', 'aws:useragent': 'tool-1' };
  const request: AccessRequest = {
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::box/a',
    resourceAccount: '111122223333',
    principal: { kind: 'user', account: '111122223333', arn: 'arn:aws:iam::111122223333:user/ana' },
    keys: (name) => (keys[name] === undefined ? undefined : [keys[name]]),
  };
  invariant(evaluate(request, set).effect === 'allow', 'the last statement of the bucket policy allows it');
  return perCall(() => evaluate(request, set));
}

/** CPU seconds of one entry, in the batches of a busy gateway. */
async function auditSeconds(folder: string): Promise<number> {
  const log = await AuditLog.open({ folder });
  const texts = { principal: 'arn:aws:iam::111122223333:user/ana', accessKeyId: 'AKIAEXAMPLE', source: '127.0.0.1' };
  const named = { operation: 'GetObject', userAgent: 'benchmark', bucket: 'box', key: 'small/1', versionId: '' };
  const outcome = { status: 200, errorCode: '', durationMs: 3, requests: 1 };
  const entry = { phase: 'ended' as const, timeMs: 1, requestId: '0123456789ABCDEF', ...texts, ...named, ...outcome };
  const costs: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const before = ownCpuSeconds();
    for (let batch = 0; batch < 500; batch++) await Promise.all(Array.from({ length: 16 }, () => log.append(entry)));
    if (round >= 0) costs.push((ownCpuSeconds() - before) / 8_000);
  }
  await log.close();
  return median(costs);
}

/** CPU seconds of one call. */
function perCall(call: () => unknown): number {
  const calls = 1_000;
  const work = () => {
    for (let count = 0; count < calls; count++) call();
  };
  return cpuSecondsOf(work) / calls;
}

/** CPU seconds to open the key of one stream. */
function unwrapSeconds(): number {
  const [bucketKey, streamId, streamKey] = [1, 2, 3].map((seed) => new Uint8Array(32).fill(seed)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const wrap = wrapStreamKey(bucketKey, streamId, streamKey);
  return perCall(() => unwrapStreamKey(bucketKey, streamId, wrap));
}

/** CPU seconds to count one request of an account. */
function trafficSeconds(): number {
  const runtime = { timers: systemTimers, rng: systemRng, logger: silentLogger };
  const ports = { ...runtime, metrics: noMetrics, onFatal: throwFatal };
  const counter = new TrafficCounter({ ...ports, table: { addTraffic: async () => {} } });
  const owner = new Uint8Array(32).fill(1);
  return perCall(() => counter.count({ owner }, { receivedBytes: 300, sentBytes: size }));
}

const objects = 1_000_000;
const prefixes = 100_000;

/** Keys, and common prefixes, that a listing in pages of 1,000 gives in a second of CPU time. */
async function listings(folder: string): Promise<{ readonly keys: number; readonly prefixes: number }> {
  const kv = openLmdb({ path: folder });
  const index = new ObjectIndex(kv);
  const id = new Uint8Array(32).fill(1);
  const own = { owner: id, territory: 't', region: 'r', createdAtMs: 1, keyWraps: [], configurations: [] };
  await index.createBucket('box', { ...own, versioning: 'never' });
  const plain = { size: 0, contentType: 'text/plain', headers: [], metadata: [], checksums: [], extents: [] };
  const object = { ...plain, etag: '0'.repeat(32), lastModifiedMs: 1, checksumType: 'FULL_OBJECT' as const };
  const perPrefix = objects / prefixes;
  for (let from = 0; from < objects; from += 2_000) {
    const keys = Array.from({ length: 2_000 }, (_, at) => {
      const number = from + at;
      return `d${String(Math.floor(number / perPrefix)).padStart(6, '0')}/k${number % perPrefix}`;
    });
    await Promise.all(keys.map((key) => index.putObject({ bucket: 'box', key }, object, [])));
  }
  const walk = async (delimiter: string, most: number): Promise<number> => {
    const before = ownCpuSeconds();
    let found = 0;
    let after: string | undefined;
    for (;;) {
      const page = await index.listObjects('box', { prefix: '', delimiter, limit: 1_000, after });
      found += page.items.length;
      after = page.items.at(-1)?.name;
      if (!page.truncated || found >= most) break;
    }
    return found / (ownCpuSeconds() - before);
  };
  await walk('', 50_000);
  await walk('/', 10_000);
  const rates = { keys: await walk('', objects), prefixes: await walk('/', prefixes) };
  await kv.close();
  return rates;
}

const folder = mkdtempSync(join(process.env['CESS_BENCH_DIR'] ?? tmpdir(), 'cess-bench-'));
const setting = await startSetting('box');
try {
  const body = bodyOf(Buffer.alloc(size, 7));
  await putObject(setting.endpoint, '/box/small', body);
  const get = await perRequest(setting, async () => {
    invariant((await getObject(setting.endpoint, '/box/small')) === size, 'the object comes back whole');
  });
  const put = await perRequest(setting, (number) => putObject(setting.endpoint, `/box/put-${number}`, body));
  const decision = decisionSeconds();
  const audit = await auditSeconds(join(folder, 'audit'));
  const share = (name: string, seconds: number, most?: number): Row => ({
    name,
    value: seconds * 1e6,
    unit: 'µs',
    ratio: seconds / get,
    of: 'GET',
    ...(most === undefined ? {} : { target: `at most ${most} of a GET`, met: seconds <= most * get }),
  });
  report('gateway, requests of 4 KiB', [
    { name: 'GET', value: get * 1e6, unit: 'µs CPU' },
    { name: 'PUT', value: put * 1e6, unit: 'µs CPU', ratio: put / get, of: 'GET' },
    share('decision by 25 statements', decision, 0.05),
    share('entry of the audit log', audit),
    share('key of a stream opened', unwrapSeconds()),
    share('traffic counted', trafficSeconds()),
  ]);
} finally {
  await setting.stop();
}
try {
  const rates = await listings(join(folder, 'index'));
  report('listings of 1,000,000 objects', [
    {
      name: 'keys',
      value: rates.keys,
      unit: 'per CPU-second',
      target: 'at least 100,000',
      met: rates.keys >= 100_000,
    },
    {
      name: 'common prefixes',
      value: rates.prefixes,
      unit: 'per CPU-second',
      target: 'at least 20,000',
      met: rates.prefixes >= 20_000,
    },
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
