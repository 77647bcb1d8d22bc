// A gateway and how to sign for it: the first argument of every function of this group. Holds no connection and no state.
import { systemClock } from '@cess/primitives';
import type { SigningCredentials } from '@cess/signature-v4';

/** An access key, or temporary credentials of a session. */
export type StorageCredentials = Omit<SigningCredentials, 'region'>;

/** A gateway and the credentials for it. */
export interface StorageOptions {
  /** URL of the S3 port of a gateway, for example `https://gateway.example:9000`. */
  readonly endpoint: string;
  /** Region of the gateway. Default `us-east-1`. */
  readonly region?: string;
  /** Credentials, or a function that gives those of now, such as a session that is renewed. */
  readonly credentials: StorageCredentials | (() => StorageCredentials | Promise<StorageCredentials>);
  /** Default: that of the platform. */
  readonly fetch?: typeof fetch;
  /** Attempts of a request that may succeed later. Default 4. */
  readonly attempts?: number;
  /**
   * Without a byte of the answer for so long, a request fails with `STORAGE_TIMEOUT` and is repeated like others that may succeed later.
   * Uploads have one second more for every 16 KiB. Default 120 s.
   */
  readonly idleTimeoutMs?: number;
}

const defaultIdleTimeoutMs = 120_000;

/** A gateway, and how to sign for it; made by `createStorage`. */
export interface StorageClient {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly region: string;
  readonly fetch: typeof fetch;
  readonly attempts: number;
  readonly idleTimeoutMs: number;
  credentials(): Promise<StorageCredentials>;
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/** A client of one gateway. Nothing is sent until a function uses it. */
export function createStorage({
  endpoint,
  region = 'us-east-1',
  credentials,
  attempts = 4,
  idleTimeoutMs = defaultIdleTimeoutMs,
  ...rest
}: StorageOptions): StorageClient {
  return {
    endpoint: endpoint.replace(/\/+$/, ''),
    region,
    attempts,
    idleTimeoutMs,
    // A method of the window must be called on it.
    fetch: rest.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    credentials: async () => (typeof credentials === 'function' ? credentials() : credentials),
    nowMs: () => systemClock.nowMs(),
  };
}
