// A separate network per suite: the real program as a child process, with free ports and a temporary data folder.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from '@cess/primitives/testing';
import { isAlive, killAll, processTree } from './processes.js';

export const repository = fileURLToPath(new URL('../../../', import.meta.url));
const entry = fileURLToPath(new URL('../../../devnet/bin/cess-network.mjs', import.meta.url));
const cli = fileURLToPath(new URL('../../../interface/cli/bin/cess.mjs', import.meta.url));
/** A hang guard: a start takes seconds, also on a busy machine. */
const readyTimeoutMs = 10 * 60_000;

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly endpoint: string;
  readonly region: string;
}

export interface NetworkOptions {
  readonly home?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export class TestNetwork {
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #output = '';
  #isEnding = false;

  private constructor(home: string, environment: Readonly<Record<string, string>>) {
    this.home = home;
    this.environment = environment;
  }

  static async create(options: NetworkOptions = {}): Promise<TestNetwork> {
    const home = options.home ?? mkdtempSync(join(tmpdir(), 'cess-net-'));
    const [s3, console, rpc, metrics] = await freePorts(4);
    return new TestNetwork(home, {
      CESS_HOME: home,
      CESS_S3_PORT: String(s3),
      CESS_CONSOLE_PORT: String(console),
      CESS_RPC_PORT: String(rpc),
      CESS_METRICS_PORT: String(metrics),
      CESS_MIN_FREE_BYTES: '100000000',
      // Many suites count files and bytes on the chain; those of the export switch it on.
      CESS_INDEX_EXPORT_SECONDS: '0',
      ...options.environment,
    });
  }

  get rpc(): string {
    return `ws://127.0.0.1:${this.environment['CESS_RPC_PORT']}`;
  }

  /** URL of the web console. */
  get console(): string {
    return `http://127.0.0.1:${this.environment['CESS_CONSOLE_PORT']}`;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** Output of the program since its last start. */
  get output(): string {
    return this.#output;
  }

  get credentials(): S3Credentials {
    return JSON.parse(readFileSync(join(this.home, 'credentials.json'), 'utf8')) as S3Credentials;
  }

  /** Starts the program; resolves when its `ready` line is printed. */
  async start(): Promise<void> {
    const child = this.spawn();
    this.#child = child;
    child.once('exit', (code, signal) => {
      // Clients retry for minutes; the reason is better seen at once.
      if (!this.#isEnding)
        console.error(
          `the network ended by itself with ${code ?? signal}:\n${this.#output.slice(-4096)}\n${this.#fatalErrors()}`,
        );
    });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not ready in time:\n${this.#output}`)), readyTimeoutMs);
      child.stdout!.on('data', () => {
        if (!/^ready /m.test(this.#output)) return;
        clearTimeout(timer);
        resolve();
      });
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`ended with ${code} before it was ready:\n${this.#output}`));
      });
    });
  }

  /** Starts the program without waiting until it is ready. */
  spawn(): ChildProcess {
    this.#output = '';
    this.#isEnding = false;
    const child = spawn(process.execPath, [entry], {
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
    return child;
  }

  /** What its log says of fatal errors. */
  #fatalErrors(): string {
    const log = join(this.home, 'logs', 'network.log');
    if (!existsSync(log)) return 'there is no log';
    const lines = readFileSync(log, 'utf8').split('\n');
    return lines.filter((line) => line.includes('"fatal error"')).join('\n');
  }

  /** Stops the program as Ctrl-C does; returns its exit code. */
  async interrupt(): Promise<number | null> {
    return this.#end('SIGINT');
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Resolves with the exit code when the program exits. */
  async exited(): Promise<number | null> {
    const [code] = (await once(this.#child!, 'exit')) as [number | null];
    return code;
  }

  /** The `cess` command with JSON output. */
  async cess(...args: string[]): Promise<unknown> {
    const { stdout } = await this.cessText('--json', ...args);
    return JSON.parse(stdout);
  }

  cessText(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    return promisify(execFile)(process.execPath, [cli, ...args], {
      env: { ...process.env, ...this.environment },
      maxBuffer: 64 * 1024 * 1024,
    });
  }

  /** Stops the program if it is running and deletes all data. */
  async destroy(): Promise<void> {
    if (this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) {
      const processes = process.platform === 'linux' ? processTree(this.pid) : [];
      await this.kill();
      // Roles in processes of their own would end a little later, and write until then.
      killAll(processes);
      await eventually(() => !processes.some(isAlive), 'the processes of all roles end');
    }
    rmSync(this.home, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child!;
    this.#isEnding = true;
    const exited = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    const [code] = await exited;
    return code;
  }
}

const [firstFreePort, endOfFreePorts] = [10_000, 30_000];

/**
 * Ports that are free now; held together until all are found. They lie below the range from which systems assign ports: a port
 * of that range may go to a client connection of another suite before the network listens on it.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  while (servers.length < count) {
    const server = await listenOn(randomInt(firstFreePort, endOfFreePorts));
    if (server !== undefined) servers.push(server);
  }
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Undefined when the port is taken. */
async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
