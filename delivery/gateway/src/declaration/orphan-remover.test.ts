import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { ProviderInfo } from '@cess/data-path';
import type { UndeclaredFragment } from '@cess/node-api';
import { lastAliveMs, markAlive } from '@cess/object-index';
import { CessError, toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { createMemoryKv, type Kv } from '@cess/store';
import type { OrderPlace } from '@cess/types';
import { testPorts } from '../test-support/test-gateway.js';
import { OrphanRemover } from './orphan-remover.js';

const orderOf = (seed: number) => new Uint8Array(32).fill(seed);
const placeOf = (seed: number): OrderPlace => ({ orderId: orderOf(seed), segment: 0, fragment: seed });
const fragmentOf = (seed: number, ageSeconds: number): UndeclaredFragment => ({
  ...placeOf(seed),
  ageSeconds,
  length: 1,
});

describe('orphans of broken uploads', () => {
  const now = Date.now();
  let kv: Kv;
  let remover: OrphanRemover | undefined;
  let known: { fileId: Uint8Array; orderId: Uint8Array | undefined }[];
  let listed: UndeclaredFragment[];
  let deleted: string[];
  let failures: Error[];
  let sleeps: (() => void)[];

  /** Starts a remover whose process runs for 100 s already. */
  async function start(): Promise<OrphanRemover> {
    let monotonic = 0;
    const provider = { index: 1 } as ProviderInfo;
    const sleep = (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        sleeps.push(resolve);
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    remover = new OrphanRemover({
      ...testPorts,
      timers: { nowMs: () => now, sleep },
      kv,
      index: { listOrders: async (_limit, after) => (after === undefined ? known : []) },
      client: {
        deleteFragment: async (_provider, { orderId }) => {
          const failure = failures.shift();
          if (failure !== undefined) throw failure;
          deleted.push(toHex(orderId).slice(0, 2));
        },
        listUndeclared: async (_provider, after) => ({
          fragments: after === undefined ? listed.slice(0, 2) : listed.slice(2),
          isComplete: after !== undefined,
        }),
      },
      directory: { all: () => [provider], get: (index) => (index === 1 ? provider : undefined) },
      monotonicMs: () => monotonic,
    });
    const starting = remover.start();
    monotonic = 100_000;
    await starting;
    return remover;
  }
  /** Resolves when the first round, and every one before the pause, has ended. */
  const paused = () => eventually(() => sleeps.length > 0, 'the loop pauses');
  const nextRound = async () => {
    for (const wake of sleeps.splice(0)) wake();
    await paused();
  };

  beforeEach(async () => {
    kv = createMemoryKv();
    await markAlive(kv, now - 110_000);
    known = [];
    listed = [fragmentOf(1, 200), fragmentOf(2, 200), fragmentOf(3, 200)];
    deleted = [];
    failures = [];
    sleeps = [];
  });
  afterEach(() => remover?.stop());

  it('are removed after a restart, page by page, but not those that the index knows', async () => {
    known = [{ fileId: orderOf(9), orderId: orderOf(2) }];
    await start();
    await paused();
    assert.deepEqual(deleted.sort(), ['01', '03']);
  });

  it('are not what this process stores: its uploads may not be entered yet', async () => {
    listed = [fragmentOf(1, 99), fragmentOf(2, 101), fragmentOf(3, 102)];
    await start();
    await paused();
    assert.deepEqual(deleted, ['03']);
  });

  it('are not what was stored after the backup from which the index comes', async () => {
    await markAlive(kv, now - 3_600_000);
    await start();
    await paused();
    assert.deepEqual(deleted, []);
  });

  it('are not looked for over an index that never said that it is alive, nor when a file cannot be read', async () => {
    kv = createMemoryKv();
    await start();
    await paused();
    assert.deepEqual(deleted, []);
    assert.equal(lastAliveMs(kv), now);
    await remover?.stop();
    await markAlive(kv, now - 110_000);
    known = [{ fileId: orderOf(9), orderId: undefined }];
    sleeps = [];
    await start();
    await paused();
    assert.deepEqual(deleted, []);
  });

  it('whose deletion failed are deleted later, unless the provider refuses', async () => {
    listed = [];
    const orphans = await start();
    await paused();
    const refusal = new CessError('PROVIDER_REFUSED', 'declared', { status: 409, providerCode: 'FRAGMENT_DECLARED' });
    failures = [new CessError('PROVIDER_UNREACHABLE', 'gone'), refusal];
    orphans.retry(1, placeOf(4));
    orphans.retry(1, placeOf(5));
    await nextRound();
    assert.deepEqual(deleted, []);
    await nextRound();
    assert.deepEqual(deleted, ['04']);
    await nextRound();
    assert.deepEqual(deleted, ['04']);
  });
});
