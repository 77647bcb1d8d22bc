// The real network as processes, over a fresh folder: the list of its processes, and pausing of its background work.
//
// Paused: the TEE worker and its enclave are stopped (SIGSTOP). Every provider then waits for the tags of one fragment;
// open rounds are answered and then wait for a verdict; repair continues until nothing is left to repair. So the
// pause is not complete, which the report shows. The product has no code for it.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Credentials } from '../gateway/s3.js';
import { freePort } from '../support/free-port.js';

const program = fileURLToPath(new URL('../../../devnet/bin/cess-network.mjs', import.meta.url));
const cli = fileURLToPath(new URL('../../../interface/cli/bin/cess.mjs', import.meta.url));
const readyTimeoutMs = 90_000;

interface Role {
  readonly pid: number;
  readonly role: string;
}

export class ProcessNetwork {
  readonly credentials: Credentials & { readonly endpoint: string };

  private constructor(
    private readonly home: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly child: ChildProcess,
    readonly rpc: string,
  ) {
    this.credentials = JSON.parse(readFileSync(join(home, 'credentials.json'), 'utf8'));
  }

  /** `CESS_BENCH_DIR` names the folder for data. Resolves when the network serves. */
  static async start(settings: Readonly<Record<string, string>>): Promise<ProcessNetwork> {
    const home = mkdtempSync(join(process.env['CESS_BENCH_DIR'] ?? tmpdir(), 'cess-bench-'));
    const [s3Port, rpcPort] = [await freePort(), await freePort()];
    const ports = { CESS_S3_PORT: String(s3Port), CESS_RPC_PORT: String(rpcPort) };
    const environment = { ...process.env, CESS_HOME: home, CESS_PROCESSES: '1', ...ports, ...settings };
    const child = spawn(process.execPath, [program], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    await ready(child);
    return new ProcessNetwork(home, environment, child, `ws://127.0.0.1:${rpcPort}`);
  }

  /** Folder of the providers. */
  get providers(): string {
    return join(this.home, 'providers');
  }

  /** All processes of the network. */
  all(): number[] {
    return [this.child.pid!, ...this.#roles().map(({ pid }) => pid)];
  }

  /** The processes of each role; `network` is the supervisor. */
  byRole(): ReadonlyMap<string, readonly number[]> {
    const found = new Map<string, number[]>([['network', this.child.pid === undefined ? [] : [this.child.pid]]]);
    for (const { pid, role } of this.#roles()) found.set(role, [...(found.get(role) ?? []), pid]);
    return found;
  }

  /** The processes on the path of an upload. */
  uploading(): number[] {
    return this.#roles().flatMap(({ pid, role }) => (role === 'gateway' || role === 'provider' ? [pid] : []));
  }

  pauseBackground(): void {
    for (const pid of this.#tee()) process.kill(pid, 'SIGSTOP');
  }

  resumeBackground(): void {
    for (const pid of this.#tee()) process.kill(pid, 'SIGCONT');
  }

  /** A provider loses its disk. */
  async wipe(name: string): Promise<void> {
    await promisify(execFile)(process.execPath, [cli, 'devnet', 'provider', 'wipe', name], { env: this.environment });
  }

  async stop(): Promise<void> {
    this.resumeBackground();
    const exited = once(this.child, 'exit');
    this.child.kill('SIGINT');
    await exited;
    rmSync(this.home, { recursive: true, force: true });
  }

  #tee(): number[] {
    return this.#roles().flatMap(({ pid, role }) => (role === 'tee' || role === 'enclave' ? [pid] : []));
  }

  #roles(): Role[] {
    const parents = new Map(processes().map((pid) => [pid, parentOf(pid)]));
    const childrenOf = (parent: number) => [...parents].flatMap(([pid, of]) => (of === parent ? [pid] : []));
    return childrenOf(this.child.pid!).flatMap((pid) => {
      const role = roleOf(pid);
      const enclaves = role === 'tee' ? childrenOf(pid).map((enclave) => ({ pid: enclave, role: 'enclave' })) : [];
      return [{ pid, role }, ...enclaves];
    });
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`the network is not ready in time:\n${output}`)), readyTimeoutMs);
    child.stdout!.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (/^ready /m.test(output)) resolve(clearTimeout(timer));
    });
    child.once('exit', (code) => reject(new Error(`the network ended with ${code}:\n${output}`)));
  });
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** `cess.mjs <role> --config …`. */
function roleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[2] ?? '';
  } catch {
    return '';
  }
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[1]);
  } catch {
    // The process exited in the meantime.
    return undefined;
  }
}
