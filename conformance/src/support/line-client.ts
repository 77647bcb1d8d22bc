// A client in another language: a process that serves one command per line of JSON.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';

export class LineClient {
  readonly #program: string;
  readonly #arguments: readonly string[];
  readonly #environment: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #lines: AsyncIterator<string> | undefined;
  #reader: Interface | undefined;
  #errors = '';

  constructor(program: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
    this.#program = program;
    this.#arguments = args;
    this.#environment = environment;
  }

  /** One command at a time. Throws the error of the client. */
  async call(...command: readonly string[]): Promise<unknown> {
    this.#child ??= this.#start();
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
    const next = await this.#lines?.next();
    if (next === undefined || next.done === true) throw new Error(`${this.#program} has ended: ${this.#errors}`);
    const { result, error } = JSON.parse(next.value) as { readonly result?: unknown; readonly error?: string };
    if (error !== undefined) throw new Error(error);
    return result;
  }

  close(): void {
    this.#reader?.close();
    this.#child?.kill();
  }

  #start(): ChildProcess {
    const child = spawn(this.#program, this.#arguments, { env: this.#environment, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stderr.on('data', (text: Buffer) => {
      this.#errors = (this.#errors + text.toString()).slice(-4096);
    });
    this.#reader = createInterface({ input: child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
    return child;
  }
}
