// Start-up cost: CPU seconds of the programs until they have done their work, and the time until the embedded network is ready
// and until it has stopped. All are compared with an empty Node.js program in the same run.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './support/measure.js';
import { report } from './support/report.js';

const rounds = 5;
const repository = fileURLToPath(new URL('../../', import.meta.url));
const cli = join(repository, 'interface/cli/bin/cess.mjs');
const network = join(repository, 'devnet/bin/cess-network.mjs');
const cpuReport = fileURLToPath(new URL('./support/cpu-report.js', import.meta.url));

interface Run {
  /** CPU seconds of the process, all threads. Processes that it starts are not counted. */
  readonly cpu: number;
  /** Seconds until its `ready` line, and from the interrupt to its exit. */
  readonly ready: number;
  readonly stop: number;
}

/** Runs a program; one that prints a `ready` line is interrupted then. */
function run(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Run> {
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', cpuReport, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  let [output, cpu] = ['', ''];
  let [readyAt, interruptedAt] = [started, started];
  child.stdout?.on('data', (chunk) => {
    output += chunk;
    if (interruptedAt > started || !/^ready /m.test(output)) return;
    readyAt = interruptedAt = performance.now();
    child.kill('SIGINT');
  });
  child.stdio[3]?.on('data', (chunk) => {
    cpu += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`${args.join(' ')} ended with ${code}: ${output}`));
      const stop = (performance.now() - interruptedAt) / 1000;
      resolve({ cpu: Number(cpu), ready: (readyAt - started) / 1000, stop });
    });
  });
}

async function medians(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Run> {
  const runs: Run[] = [];
  for (let round = 0; round < rounds; round++) runs.push(await run(args, environment));
  const of = (field: keyof Run) => median(runs.map((each) => each[field]));
  return { cpu: of('cpu'), ready: of('ready'), stop: of('stop') };
}

const empty = await medians(['--input-type=module', '--eval', '']);
const help = await medians([cli, '--help']);
const home = mkdtempSync(join(tmpdir(), 'cess-starting-'));
try {
  const environment = {
    CESS_HOME: home,
    CESS_S3_PORT: '0',
    CESS_RPC_PORT: '0',
    CESS_METRICS_PORT: '0',
    CESS_MIN_FREE_BYTES: '0',
  };
  const first = await run([network], environment);
  const second = await medians([network], environment);
  const row = (name: string, { cpu }: Run) => ({
    name,
    value: cpu,
    unit: 'CPU-s',
    ratio: cpu / empty.cpu,
    of: 'empty program',
  });
  report('starting', [
    { name: 'an empty program', value: empty.cpu, unit: 'CPU-s' },
    row('cess --help', help),
    row('the embedded network, first start and stop', first),
    row('the embedded network, second start and stop', second),
    { name: 'first start, until ready', value: first.ready, unit: 's' },
    {
      name: 'second start, until ready',
      value: second.ready,
      unit: 's',
      target: 'at most 10 s',
      met: second.ready <= 10,
    },
    { name: 'stop on Ctrl-C', value: second.stop, unit: 's', target: 'at most 5 s', met: second.stop <= 5 },
  ]);
} finally {
  rmSync(home, { recursive: true, force: true });
}
