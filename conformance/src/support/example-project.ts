// A project as a user has it: the published package of the SDK and a copy of examples/, outside this repository.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository, type TestNetwork } from './network.js';

const { writeSdkPackage } = (await import(new URL('../../../scripts/pack-sdk.mjs', import.meta.url).href)) as {
  writeSdkPackage: (folder: string) => Promise<unknown>;
};

export class ExampleProject {
  readonly #servers: ChildProcess[] = [];

  private constructor(
    readonly folder: string,
    private readonly network: TestNetwork,
  ) {}

  static async create(network: TestNetwork): Promise<ExampleProject> {
    const folder = mkdtempSync(join(tmpdir(), 'cess-examples-'));
    const modules = join(folder, 'node_modules');
    mkdirSync(modules);
    await writeSdkPackage(join(modules, '@cess/sdk'));
    for (const name of ['esbuild', '@types']) symlinkSync(join(repository, 'node_modules', name), join(modules, name));
    cpSync(join(repository, 'examples'), join(folder, 'examples'), { recursive: true });
    return new ExampleProject(folder, network);
  }

  get #environment(): Record<string, string | undefined> {
    return { ...process.env, CESS_HOME: this.network.home, CESS_RPC: this.network.rpc };
  }

  /** Runs a program of Node.js in the project; resolves with its output. */
  async run(...args: string[]): Promise<string> {
    const options = { cwd: this.folder, env: this.#environment };
    return (await promisify(execFile)(process.execPath, args, options)).stdout;
  }

  /** Starts the server of an example over a bucket; resolves with its URL. */
  async serve(example: string, bucket: string): Promise<string> {
    const child = spawn(process.execPath, ['examples/serve.mjs', example], {
      cwd: this.folder,
      env: { ...this.#environment, PORT: '0', UPLOAD_BUCKET: bucket },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#servers.push(child);
    let output = '';
    return new Promise((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const [url] = /http:\/\/\S+/.exec(output) ?? [];
        if (url !== undefined) resolve(url);
      });
      child.once('exit', (code) => reject(new Error(`the server of ${example} ended with ${code}: ${output}`)));
    });
  }

  close(): void {
    for (const server of this.#servers) server.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
