// A role as a process of its own serves its metrics where its configuration says, and nowhere without one.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readStrictly } from '@cess/metrics/compliance';
import { repository } from './support/network.js';

const program = join(repository, 'interface/cli/bin/cess.mjs');

describe('metrics of a role in a process of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-role-metrics-'));
  const path = (name: string): string => join(folder, name);
  const children: ChildProcess[] = [];
  after(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const arguments_ = ['--json', 'key', 'new', 'authority', path('authority.json'), '--plaintext-development'];
  const key = JSON.parse(execFileSync(process.execPath, [program, ...arguments_], { encoding: 'utf8' })) as {
    readonly 'authority key (ed25519)': string;
  };
  const authority = key['authority key (ed25519)'];
  const spec = {
    name: 'Metrics',
    id: 'metrics',
    type: 'development',
    slotDurationMs: 300,
    authorities: [{ key: authority, account: authority }],
    balances: [],
  };
  writeFileSync(path('chain-spec.json'), JSON.stringify(spec));

  /** A chain node; gives its `ready` line, or how it ended. */
  async function start(dataDir: string, metrics: object): Promise<{ child: ChildProcess; line: string }> {
    const config = { chainSpecFile: 'chain-spec.json', dataDir, authorityKeyFile: 'authority.json', rpcPort: 0 };
    writeFileSync(path(`${dataDir}.json`), JSON.stringify({ ...config, ...metrics }));
    const child = spawn(process.execPath, [program, 'node', '--config', path(`${dataDir}.json`)]);
    children.push(child);
    let [printed, errors] = ['', ''];
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const ended = once(child, 'close').then(([code]) => `ended with ${code}: ${errors}`);
    const ready = new Promise<string>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.includes('\n')) resolve(printed.trimEnd());
      });
    });
    return { child, line: await Promise.race([ready, ended]) };
  }

  it('OBS: the ready line names the address, where metrics and health answer', async () => {
    const { child, line } = await start('with', { metricsPort: 0 });
    const match = /^ready node ws:\S+ metrics=(http:\/\/127\.0\.0\.1:\d+\/metrics)$/.exec(line);
    assert.ok(match !== null, line);
    const series = readStrictly(await (await fetch(match[1]!)).text());
    assert.ok(series.has('cess_node_best_block'));
    assert.ok(series.has('process_resident_memory_bytes'));
    assert.equal((await fetch(match[1]!.replace('/metrics', '/healthz'))).status, 200);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });

  it('OBS: without a port none are served', async () => {
    assert.match((await start('without', {})).line, /^ready node ws:\S+$/);
  });

  it('OBS: a port in use ends the start in a way that another try may help', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { line } = await start('taken', { metricsPort: port });
    taken.close();
    assert.match(line, /^ended with 1: /);
    assert.match(line, new RegExp(`Port ${port} for metrics is in use.*METRICS_PORT_IN_USE`));
  });
});
