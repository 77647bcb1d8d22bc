// What an operator sees of a running network: metrics of all roles on one port, in one process and in many, the summary of
// the command, a log in which every line can be read.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { readStrictly, sumOf } from '@cess/metrics/compliance';
import { eventually } from '@cess/primitives/testing';
import { sdkClient } from './support/drivers.js';
import { TestNetwork } from './support/network.js';

const Bucket = 'observed';
type Summary = Readonly<Record<string, Readonly<Record<string, number>>>>;

async function scrape(network: TestNetwork): Promise<Map<string, number>> {
  const answer = await fetch(`http://127.0.0.1:${network.environment['CESS_METRICS_PORT']}/metrics`);
  assert.equal(answer.status, 200);
  return readStrictly(await answer.text());
}

const upOf = (series: ReadonlyMap<string, number>, role: string, name: string) =>
  series.get(`cess_up{name="${name}",role="${role}"}`);

/** Stores and reads one object of this size. */
async function storeAndRead(network: TestNetwork, size: number): Promise<void> {
  const client = sdkClient(network.credentials);
  try {
    const Body = randomBytes(size);
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body }));
    const answer = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    assert.deepEqual(Buffer.from(await answer.Body!.transformToByteArray()), Body);
  } finally {
    client.destroy();
  }
}

describe('a network in one process', () => {
  let network: TestNetwork;
  before(async () => {
    network = await TestNetwork.create({ environment: { CESS_LOG_LEVEL: 'debug' } });
    await network.start();
  });
  after(() => network?.destroy());

  it('OBS: says where the metrics are, and every role is up', async () => {
    assert.match(
      network.output,
      /^ready s3=\S+ rpc=\S+ metrics=http:\/\/127\.0\.0\.1:\d+\/metrics console=http:\/\/127\.0\.0\.1:\d+$/m,
    );
    const status = (await network.cess('status')) as { readonly metrics: string };
    assert.ok(network.output.includes(status.metrics));
    const series = await scrape(network);
    // Network, node, worker, gateway and 16 providers.
    assert.equal(sumOf(series, 'cess_up'), 20);
    assert.ok(series.get('cess_node_finalized_block{name="node",role="node"}')! > 0);
  });

  it('OBS: counts move from the client to the tags', async () => {
    await storeAndRead(network, 500_000);
    const series = await eventually(async () => {
      const now = await scrape(network);
      const isTagged = sumOf(now, 'cess_provider_fragments_reported') === 12;
      return isTagged && sumOf(now, 'cess_gateway_declared_files_total') === 1 ? now : undefined;
    }, 'all fragments are tagged and the file is declared');
    const requests = { role: 'gateway', status: '2xx' };
    assert.equal(sumOf(series, 'cess_gateway_s3_requests_total', { ...requests, operation: 'PutObject' }), 1);
    assert.equal(sumOf(series, 'cess_gateway_s3_requests_total', { ...requests, operation: 'GetObject' }), 1);
    assert.equal(sumOf(series, 'cess_provider_receipts_total'), 12);
    assert.equal(sumOf(series, 'cess_tee_tag_requests_served_total'), 12);
    assert.ok(sumOf(series, 'cess_provider_read_bytes_total') >= 500_000);
    assert.equal(sumOf(series, 'cess_provider_tag_seconds_count'), 12);
  });

  it('OBS: the command sums it up', async () => {
    const summary = (await network.cess('metrics')) as Summary;
    assert.equal(summary['network']!['rolesUp'], 20);
    assert.equal(summary['tags']!['reported'], 12);
    assert.equal(summary['gateway']!['declaredFiles'], 1);
    const { stdout } = await network.cessText('metrics');
    assert.match(stdout, /^ {2}declared files +1$/m);
    await assert.rejects(network.cessText('metrics', '--url', 'http://127.0.0.1:9/metrics'), /METRICS_UNREACHABLE/);
  });

  it('OBS: a stopped provider is down and absent, and back after its start with the counts that it had', async () => {
    const name = 'provider-07';
    const before = await scrape(network);
    await network.cessText('devnet', 'provider', 'stop', name);
    const stopped = await scrape(network);
    assert.equal(upOf(stopped, 'provider', name), 0);
    assert.equal(stopped.has(`cess_provider_fragments{name="${name}",role="provider"}`), false);
    assert.equal(sumOf(stopped, 'cess_up'), 19);
    await network.cessText('devnet', 'provider', 'start', name);
    const receipts = `cess_provider_receipts_total{name="${name}",role="provider"}`;
    const back = await scrape(network);
    assert.equal(back.get(receipts), before.get(receipts));
    assert.equal(sumOf(back, 'cess_up'), 20);
  });

  it('OBS: every line of the log has a role, no key twice, and no secret', () => {
    const text = readFileSync(join(network.home, 'logs', 'network.log'), 'utf8');
    const roles = new Set<string>();
    for (const line of text.trimEnd().split('\n')) {
      const fields = JSON.parse(line) as Record<string, unknown>;
      roles.add(String(fields['role']));
      // Written again, a line with a key twice is shorter.
      assert.equal(JSON.stringify(fields).length, line.length, line);
    }
    assert.deepEqual([...roles].sort(), ['gateway', 'network', 'node', 'provider', 'tee']);
    const { secretAccessKey } = network.credentials;
    assert.ok(!text.includes(secretAccessKey));
    for (const name of ['owner', 'gateway', 'authority', 'tee-01', 'provider-01']) {
      const file = JSON.parse(readFileSync(join(network.home, 'keys', `${name}.json`), 'utf8')) as { secret: string };
      assert.match(file.secret, /^[0-9a-f]{64}$/);
      assert.ok(!text.includes(file.secret), name);
    }
  });
});

describe('a network of processes', () => {
  let network: TestNetwork;
  before(async () => {
    network = await TestNetwork.create({ environment: { CESS_PROCESSES: '1' } });
    await network.start();
  });
  after(() => network?.destroy());

  it('OBS: the same port has every process, with its own process metrics', async () => {
    await storeAndRead(network, 200_000);
    const series = await scrape(network);
    assert.equal(sumOf(series, 'cess_up'), 20);
    assert.equal([...series.keys()].filter((key) => key.startsWith('process_cpu_seconds_total')).length, 20);
    assert.equal(sumOf(series, 'cess_provider_receipts_total'), 12);
  });

  it('OBS: a killed process is down and absent until it is back', async () => {
    const name = 'provider-03';
    const holder = readFileSync(join(network.home, 'providers', name, 'LOCK'), 'utf8').split(' ')[0];
    process.kill(Number(holder), 'SIGKILL');
    const gone = await eventually(async () => {
      const series = await scrape(network);
      return upOf(series, 'provider', name) === 0 ? series : undefined;
    }, 'the killed provider is seen as down');
    assert.equal(gone.has(`cess_provider_fragments{name="${name}",role="provider"}`), false);
    assert.equal(upOf(gone, 'provider', 'provider-04'), 1);
    await eventually(
      async () => (sumOf(await scrape(network), 'cess_up') === 20 ? true : undefined),
      'it is back and up',
    );
  });
});

describe('a port in use', () => {
  it('OBS: is told before anything starts, with the setting that helps', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const network = await TestNetwork.create({ environment: { CESS_METRICS_PORT: String(port) } });
    try {
      const [code] = (await once(network.spawn(), 'close')) as [number];
      assert.equal(code, 1);
      assert.match(
        network.output,
        new RegExp(`Port ${port} for the metrics is in use.*CESS_METRICS_PORT.*\\[PORT_IN_USE\\]`),
      );
    } finally {
      taken.close();
      await network.destroy();
    }
  });
});
