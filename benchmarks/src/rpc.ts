// Block production while strangers use the RPC: 64 connections repeat the heaviest calls against a node in a process of its own.
// Reported are the intervals between blocks without and with the load, as ratios to the slot. Under load the median and 95 %
// of them must be at most 1.5 slots.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChainClient, query, Submitter, tx } from '@cess/client';
import { ed25519Account } from '@cess/client/signers';
import { elementAt, silentLogger, systemTimers, toHex0x } from '@cess/primitives';
import type { Load, LoadCounts } from './rpc/load-process.js';
import { accountOf, connections, inProgress, slotMs, spenderSeed } from './rpc/setting.js';
import { Child } from './support/child.js';
import { median } from './support/measure.js';
import { type Row, report } from './support/report.js';

const idleMs = 20_000;
const loadMs = 60_000;
const maxRatio = 1.5;
/** Three of them fill the share of a block that normal calls may use. */
const remarkBytes = 900_000;
const watchedKeys = 4096;

/** Fills a block; returns its hash and its largest extrinsic. */
async function fullBlock(endpoint: string): Promise<{ hash: string; extrinsic: string }> {
  const client = await ChainClient.connect({ endpoint, logger: silentLogger });
  const submitter = new Submitter({ client, signer: ed25519Account(spenderSeed), logger: silentLogger });
  try {
    const remark = (fill: number) => tx.System.remark({ remark: new Uint8Array(remarkBytes).fill(fill) });
    const included = await Promise.all([1, 2, 3, 4, 5, 6].map((fill) => submitter.submit(remark(fill))));
    const blocks = await Promise.all(included.map(({ blockHash }) => client.block(blockHash)));
    const sizeOf = ({ extrinsics }: (typeof blocks)[number]) => extrinsics.reduce((sum, { length }) => sum + length, 0);
    const largest = elementAt(
      blocks.toSorted((a, b) => sizeOf(b) - sizeOf(a)),
      0,
    );
    return { hash: toHex0x(largest.hash), extrinsic: toHex0x(elementAt(largest.extrinsics, 1)) };
  } finally {
    await submitter.stop();
    await client.close();
  }
}

async function loadOf(endpoint: string): Promise<Load> {
  const { hash, extrinsic } = await fullBlock(endpoint);
  const keys = Array.from({ length: watchedKeys }, (_, index) => toHex0x(query.System.Account.key(accountOf(index))));
  const changing = [query.System.Number.key(), query.Timestamp.Now.key()].map(toHex0x);
  const page = { method: 'state_getKeysPaged', params: ['0x', 1000] };
  return {
    endpoint,
    kinds: {
      'metadata by state_call': { method: 'state_call', params: ['Metadata_metadata_at_version', '0x0f000000'] },
      'full block': { method: 'chain_getBlock', params: [hash] },
      '4,096 keys subscribed': {
        method: 'state_subscribeStorage',
        params: [[...changing, ...keys.slice(changing.length)]],
      },
      '4,096 values': { method: 'state_queryStorageAt', params: [keys] },
      '1,000 keys': page,
      'fee of 0.9 MB': { method: 'payment_queryInfo', params: [extrinsic] },
      'proof of 256 keys': { method: 'state_getReadProof', params: [keys.slice(0, 256)] },
      'batch of 64 times 1,000 keys': { ...page, batch: 64 },
      'batch of 64 full blocks (too large)': { method: 'chain_getBlock', params: [hash], batch: 64 },
    },
  };
}

/** Intervals between blocks over this time. */
async function intervals(node: Child, durationMs: number): Promise<number[]> {
  await node.ask('imports');
  await systemTimers.sleep(durationMs);
  const imports = await node.ask<number[]>('imports');
  return imports.slice(1).map((at, index) => at - elementAt(imports, index));
}

/** Milliseconds that a client with one small request at a time waits for each answer, over this time. */
async function latencies(endpoint: string, durationMs: number): Promise<number[]> {
  const client = await ChainClient.connect({ endpoint, logger: silentLogger });
  const measured: number[] = [];
  try {
    for (const end = performance.now() + durationMs; performance.now() < end; ) {
      const begun = performance.now();
      await client.value(query.System.Number);
      measured.push(performance.now() - begun);
      await systemTimers.sleep(50);
    }
  } finally {
    await client.close();
  }
  return measured;
}

function percentile95(sorted: readonly number[]): number {
  return elementAt(sorted, Math.ceil(sorted.length * 0.95) - 1);
}

function rowsOf(when: string, measured: readonly number[], isTarget: boolean): Row[] {
  const sorted = measured.toSorted((a, b) => a - b);
  const row = (name: string, value: number): Row => ({
    ...{ name: `${when}: ${name}`, value, unit: 'ms', ratio: value / slotMs, of: 'slot' },
    ...(isTarget ? { target: `at most ${maxRatio} slots`, met: value <= maxRatio * slotMs } : {}),
  });
  return [
    row('median interval', median(sorted)),
    row('95 %', percentile95(sorted)),
    row('longest', elementAt(sorted, sorted.length - 1)),
  ];
}

const dataDir = mkdtempSync(join(tmpdir(), 'cess-rpc-'));
const node = new Child(new URL('./rpc/node-process.js', import.meta.url), [dataDir]);
const load = new Child(new URL('./rpc/load-process.js', import.meta.url));
try {
  const endpoint = await node.ask<string>('endpoint');
  const calls = await loadOf(endpoint);
  const idle = await intervals(node, idleMs);
  await load.ask('start', calls);
  const [loaded, waits] = await Promise.all([intervals(node, loadMs), latencies(endpoint, loadMs)]);
  const sortedWaits = waits.toSorted((a, b) => a - b);
  const { answers, errors, notifications, bytes } = await load.ask<LoadCounts>('counts');
  const perSecond = (count: number) => count / (loadMs / 1000);
  report(`chain RPC, ${connections} connections with ${inProgress} requests each`, [
    ...rowsOf('idle', idle, false),
    ...rowsOf('under load', loaded, true),
    { name: 'a small request of another client: median', value: median(sortedWaits), unit: 'ms' },
    { name: 'a small request of another client: 95 %', value: percentile95(sortedWaits), unit: 'ms' },
    ...Object.keys(calls.kinds).map((kind) => ({
      name: kind,
      value: perSecond((answers[kind] ?? 0) + (errors[kind] ?? 0)),
      unit: 'answers/s',
    })),
    { name: 'notifications', value: perSecond(notifications), unit: '1/s' },
    { name: 'sent by the node', value: perSecond(bytes) / 1e6, unit: 'MB/s' },
  ]);
} finally {
  await load.stop();
  await node.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
