// What many small objects cost in space, on the real network as processes: bytes on the disks of all providers, and bytes of the chain's
// state, after the objects are packed, and again after every second one is deleted. `CESS_BENCH_OBJECTS` sets their number.
import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { delay } from '@cess/primitives';
import { ProcessNetwork } from './background/process-network.js';
import { bodyOf, deleteObject, emptyBody, putObject } from './gateway/s3.js';
import { report } from './support/report.js';

const size = 4096;
const objects = Number(process.env['CESS_BENCH_OBJECTS'] ?? 10_000);
const connections = 32;
const bucket = 'packs';
/** Longest time until packs are declared, and deleted ones are gone. */
const settleMs = 15 * 60_000;
const pollMs = 2_000;
/** Polls without a change after which everything is settled. */
const stillPolls = 10;

const network = await ProcessNetwork.start({ CESS_MIN_FREE_BYTES: '1000000000' });
const { credentials } = network;
const { endpoint } = credentials;

/** Bytes of disk blocks below a folder. */
function usedBytes(path: string): number {
  const stat = lstatSync(path);
  const own = stat.blocks * 512;
  if (!stat.isDirectory()) return own;
  return readdirSync(path).reduce((sum, name) => sum + sizeOrGone(join(path, name)), own);
}

function sizeOrGone(path: string): number {
  try {
    return usedBytes(path);
  } catch {
    // Removed since its folder was listed.
    return 0;
  }
}

async function call<T>(method: string, params: readonly unknown[]): Promise<T> {
  const response = await fetch(network.rpc.replace('ws:', 'http:'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as { readonly result?: T; readonly error?: unknown };
  if (result === undefined) throw new Error(`${method} failed: ${JSON.stringify(error)}`);
  return result;
}

/** Bytes of all keys and values of the newest state. */
async function stateBytes(): Promise<number> {
  const page = 1_000;
  let bytes = 0;
  for (let after: string | undefined; ; ) {
    const keys: string[] = await call('state_getKeysPaged', ['0x', page, ...(after === undefined ? [] : [after])]);
    for (const key of keys) {
      const value = await call<string | null>('state_getStorage', [key]);
      bytes += (key.length + (value?.length ?? 2)) / 2 - 2;
    }
    after = keys.at(-1);
    if (keys.length < page || after === undefined) return bytes;
  }
}

/** Resolves when the disks of the providers have not changed for some time. */
async function settled(): Promise<number> {
  const until = performance.now() + settleMs;
  let last = 0;
  for (let still = 0; still < stillPolls && performance.now() < until; ) {
    await delay(pollMs);
    const now = sizeOrGone(network.providers);
    still = now === last ? still + 1 : 0;
    last = now;
  }
  return last;
}

async function forAll(numbers: number, request: (number: number) => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < numbers) await request(next++);
  };
  await Promise.all(Array.from({ length: connections }, lane));
  return numbers / ((performance.now() - startedMs) / 1000);
}

try {
  await putObject(endpoint, `/${bucket}`, emptyBody, credentials);
  const diskBefore = await settled();
  const stateBefore = await stateBytes();
  const rate = await forAll(objects, (number) =>
    putObject(endpoint, `/${bucket}/${number}`, bodyOf(randomBytes(size)), credentials),
  );
  const packed = (await settled()) - diskBefore;
  const state = (await stateBytes()) - stateBefore;
  const half = objects >> 1;
  await forAll(half, (number) => deleteObject(endpoint, `/${bucket}/${2 * number}`, credentials));
  const compacted = (await settled()) - diskBefore;
  const live = (objects - half) * size;
  const [onDisk, onChain, left] = [packed / (objects * size), state / objects, compacted / (3 * live)];
  report(`${objects} objects of ${size} bytes`, [
    { name: 'PUT', value: rate, unit: 'per second' },
    { name: 'disks of the providers', value: onDisk, unit: 'x size', target: 'at most 3.3', met: onDisk <= 3.3 },
    { name: 'state of the chain', value: onChain, unit: 'bytes each', target: 'at most 100', met: onChain <= 100 },
    { name: 'half deleted', value: left, unit: 'x 3 x live size', target: 'at most 1.2', met: left <= 1.2 },
  ]);
} finally {
  await network.stop();
}
