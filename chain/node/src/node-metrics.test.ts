// The numbers of a chain node move with its blocks and with those who ask it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetricsRegistry } from '@cess/metrics';
import { readStrictly } from '@cess/metrics/compliance';
import { NodeMetrics } from './node-metrics.js';
import { devNode, removeDirectory, rpc, temporaryDirectory, untilBlock } from './test-support/dev-node.js';

test('OBS: every hook that failed is counted', async () => {
  const registry = new MetricsRegistry();
  const metrics = new NodeMetrics(registry, () => undefined);
  const failure = { pallet: 'Audit', hook: 'onInitialize', code: 'INVARIANT', reason: 'injected' } as const;
  metrics.hookFailed(failure);
  metrics.hookFailed(failure);
  metrics.hookFailed({ ...failure, pallet: 'Sminer' });
  const now = readStrictly(await registry.text());
  assert.equal(now.get('cess_node_hook_failures_total{hook="onInitialize",pallet="Audit"}'), 2);
  assert.equal(now.get('cess_node_hook_failures_total{hook="onInitialize",pallet="Sminer"}'), 1);
});

test('OBS: blocks, execution, RPC and the database are counted', async () => {
  const dataDir = temporaryDirectory();
  const metrics = new MetricsRegistry();
  const node = devNode(dataDir, { metrics });
  const series = async () => readStrictly(await metrics.text());
  try {
    assert.equal((await series()).has('cess_node_best_block'), false, 'nothing is told before the start');
    await node.start();
    await untilBlock(node, 2);
    await rpc(node, 'system_chain');
    await rpc(node, 'system_made_up_by_a_caller');
    await rpc(node, 'made-up_by_a_caller');
    await rpc(node, 'author_submitExtrinsic', '0x1234');
    const now = await series();
    assert.ok(now.get('cess_node_finalized_block')! >= 2);
    assert.ok(now.get('cess_node_best_block')! >= now.get('cess_node_finalized_block')!);
    const authored = now.get('cess_node_blocks_authored_total')!;
    assert.ok(authored >= 2);
    assert.equal(now.get('cess_node_block_execution_seconds_count{step="import"}'), authored);
    assert.ok(now.get('cess_node_rpc_requests_total{class="system",outcome="ok"}')! >= 1);
    assert.equal(now.get('cess_node_rpc_requests_total{class="system",outcome="error"}'), 1);
    assert.equal(now.get('cess_node_rpc_requests_total{class="other",outcome="error"}'), 1);
    assert.equal(now.get('cess_node_lost_blocks'), 0);
    assert.equal(now.get('cess_node_refused_transactions_total{reason="Call"}'), 1);
    assert.equal(now.get('cess_node_rpc_connections'), 0);
    assert.equal(now.get('cess_node_pool_transactions'), 0);
    assert.ok(now.get('cess_node_database_bytes')! > 0);
    // R2S-12: one authority has all seats.
    assert.deepEqual(
      ['holders', 'nakamoto', 'herfindahl', 'rotation_permille'].map((name) => now.get(`cess_node_seat_${name}`)),
      [1, 1, 10_000, 0],
    );
  } finally {
    await node.stop();
    removeDirectory(dataDir);
  }
});
