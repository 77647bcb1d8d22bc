// The admin socket of the embedded network (protocol in @cess/node-api): loopback, bearer token, a new token at every
// start.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  adminActions,
  adminFileName,
  type NetworkStatus,
  type ProviderAction,
  type ProviderStatus,
  type ValidatorAction,
  type ValidatorStatus,
  validatorActions,
} from '@cess/node-api';
import { CessError, messageOf } from '@cess/primitives';
import { writeFileAtomically } from '@cess/store';

export interface AdminTarget {
  status(): Promise<NetworkStatus>;
  provider(name: string, action: ProviderAction): Promise<ProviderStatus>;
  validator(name: string, action: ValidatorAction): Promise<ValidatorStatus>;
  /** Makes the gateway retry the records that it has set aside. */
  retrySetAside(): Promise<void>;
  pauseChain(): void;
  resumeChain(): void;
  /** Starts a clean shutdown and returns immediately. */
  requestStop(): void;
}

const maxLogTailBytes = 1024 * 1024;

export class AdminServer {
  readonly #server: Server;
  readonly #token = randomBytes(32).toString('hex');
  readonly #file: string;

  constructor(
    home: string,
    private readonly logFile: string,
    private readonly target: AdminTarget,
  ) {
    this.#file = join(home, adminFileName);
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = this.#server.address() as AddressInfo;
    const address = { url: `http://127.0.0.1:${port}`, token: this.#token, pid: process.pid };
    writeFileAtomically(this.#file, `${JSON.stringify(address, null, 2)}\n`, 0o600);
  }

  async stop(): Promise<void> {
    rmSync(this.#file, { force: true });
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    try {
      if (!this.#isAuthorised(request)) return send(response, 401, { message: 'The admin token is wrong.' });
      const body = await this.#answer(request.method ?? '', request.url ?? '/');
      if (body === undefined) send(response, 404, { message: 'There is no such admin call.' });
      else send(response, 200, body);
    } catch (error) {
      send(response, error instanceof CessError ? 409 : 500, { message: messageOf(error) });
    }
  }

  async #answer(method: string, url: string): Promise<unknown> {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const [, subject, name, action] = pathname.split('/');
    const call = `${method} ${pathname}`;
    if (call === 'GET /status') return this.target.status();
    if (call === 'GET /logs') return { text: this.#logTail(Number(searchParams.get('lines') ?? '100')) };
    if (method !== 'POST') return undefined;
    if (pathname === '/stop') this.target.requestStop();
    else if (pathname === '/gateway/retry') await this.target.retrySetAside();
    else if (pathname === '/chain/pause') this.target.pauseChain();
    else if (pathname === '/chain/resume') this.target.resumeChain();
    else if (subject === 'providers' && name !== undefined && adminActions.includes(action as ProviderAction)) {
      return this.target.provider(decodeURIComponent(name), action as ProviderAction);
    } else if (subject === 'validators' && name !== undefined && validatorActions.includes(action as ValidatorAction)) {
      return this.target.validator(decodeURIComponent(name), action as ValidatorAction);
    } else return undefined;
    return {};
  }

  #logTail(lines: number): string {
    const size = statSync(this.logFile).size;
    const length = Math.min(size, maxLogTailBytes);
    const buffer = Buffer.alloc(length);
    const file = openSync(this.logFile, 'r');
    try {
      readSync(file, buffer, 0, length, size - length);
    } finally {
      closeSync(file);
    }
    const wanted = Number.isSafeInteger(lines) && lines > 0 ? lines : 100;
    return buffer
      .toString('utf8')
      .split('\n')
      .slice(-wanted - 1)
      .join('\n');
  }

  #isAuthorised(request: IncomingMessage): boolean {
    const given = Buffer.from(request.headers.authorization ?? '');
    const expected = Buffer.from(`Bearer ${this.#token}`);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length });
  response.end(text);
}
