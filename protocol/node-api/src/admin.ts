// The client of a running network's admin socket: HTTP on a loopback port with a bearer token. Address and token are in
// `admin.json` in the home of the network, which only its user can read. `cess devnet` uses it.
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { CessError } from '@cess/primitives';

export const adminFileName = 'admin.json';

/** Content of `admin.json`. */
export interface AdminAddress {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

export interface ProviderStatus {
  readonly name: string;
  readonly running: boolean;
  /** JSON name of the index on chain; null before registration. */
  readonly miner: number | null;
  readonly endpoint: string | null;
  readonly usedBytes: number;
  readonly fragments: number;
}

export interface TeeStatus {
  readonly name: string;
  readonly running: boolean;
  /** Index on chain; null before registration. */
  readonly worker: number | null;
  readonly endpoint: string | null;
}

export interface ValidatorStatus {
  readonly name: string;
  readonly running: boolean;
  readonly best: number;
  readonly finalized: number;
}

export interface NetworkStatus {
  readonly pid: number;
  readonly uptimeSeconds: number;
  readonly home: string;
  /** URL of the metrics of all roles. */
  readonly metrics: string;
  readonly chain: {
    readonly genesis: string;
    readonly rpc: string;
    readonly best: number;
    readonly finalized: number;
    readonly paused: boolean;
    readonly validators: readonly ValidatorStatus[];
  };
  readonly gateway: {
    readonly s3: string;
    readonly undeclared: number;
    /** Age of the oldest change of the index that only this machine has; null if the index is not exported. */
    readonly unexportedSeconds: number | null;
    /** URL of the web console; null without one. */
    readonly console: string | null;
    /** Number of records that background work has set aside, by loop. */
    readonly setAside: Readonly<Record<string, number>>;
    /** Number of stored files that the chain does not record until their owners act, by reason. */
    readonly unrecorded: Readonly<Record<string, number>>;
  };
  readonly tee: TeeStatus;
  readonly providers: readonly ProviderStatus[];
}

export const adminActions = ['stop', 'start', 'restart', 'wipe'] as const;
export type ProviderAction = (typeof adminActions)[number];
export const validatorActions = ['stop', 'start', 'restart'] as const;
export type ValidatorAction = (typeof validatorActions)[number];

/** A client of the network with this home. Throws `NETWORK_NOT_RUNNING`, `ADMIN_REFUSED`. */
export class AdminClient {
  readonly #address: AdminAddress;

  constructor(home: string) {
    try {
      this.#address = JSON.parse(readFileSync(join(home, adminFileName), 'utf8')) as AdminAddress;
    } catch (cause) {
      throw notRunning(home, cause);
    }
  }

  status(): Promise<NetworkStatus> {
    return this.#call('GET', '/status') as Promise<NetworkStatus>;
  }

  async logs(lines: number): Promise<string> {
    const answer = (await this.#call('GET', `/logs?lines=${lines}`)) as { text: string };
    return answer.text;
  }

  async stopNetwork(): Promise<void> {
    await this.#call('POST', '/stop');
  }

  async provider(name: string, action: ProviderAction): Promise<ProviderStatus> {
    return (await this.#call('POST', `/providers/${encodeURIComponent(name)}/${action}`)) as ProviderStatus;
  }

  async validator(name: string, action: ValidatorAction): Promise<ValidatorStatus> {
    return (await this.#call('POST', `/validators/${encodeURIComponent(name)}/${action}`)) as ValidatorStatus;
  }

  /** Makes the gateway retry the records that it has set aside. */
  async retrySetAside(): Promise<void> {
    await this.#call('POST', '/gateway/retry');
  }

  async chain(action: 'pause' | 'resume'): Promise<void> {
    await this.#call('POST', `/chain/${action}`);
  }

  #call(method: string, path: string): Promise<unknown> {
    const { url, token } = this.#address;
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(url + path, {
        method,
        headers: { authorization: `Bearer ${token}` },
        timeout: 60_000,
      });
      outgoing.on('timeout', () =>
        outgoing.destroy(new CessError('ADMIN_TIMEOUT', 'The network did not answer in time.')),
      );
      outgoing.on('error', (cause) => reject(cause instanceof CessError ? cause : notRunning(url, cause)));
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const body = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as { message?: string };
          if (response.statusCode === 200) resolve(body);
          else
            reject(
              new CessError(
                'ADMIN_REFUSED',
                body.message ?? `The network refused the request (${response.statusCode}).`,
              ),
            );
        });
      });
      outgoing.end();
    });
  }
}

function notRunning(where: string, cause: unknown): CessError {
  return new CessError(
    'NETWORK_NOT_RUNNING',
    `No network is running for ${where}. Start it with: npm start`,
    {},
    { cause },
  );
}
