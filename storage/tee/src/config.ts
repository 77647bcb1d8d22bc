// Configuration of one TEE worker. Sizes in bytes, times in the unit of the name.
import { MiB } from '@cess/primitives';

export interface TeeWorkerConfig {
  /** Directory that only this worker uses. It contains the keys. */
  readonly dir: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** URL that is registered on chain. Default: scheme, host and port of the server. */
  readonly endpoint?: string;
  /** Whether the server speaks TLS on loopback, too. Default false. Elsewhere it always does. */
  readonly isTlsOnLoopback?: boolean;
  /** Account of the credited consensus node. It is used at registration only. */
  readonly bond?: Uint8Array;
  /** Most bytes of fragments in tag requests. Others get 503. Default 256 MiB. */
  readonly memoryBudgetBytes?: number;
  /** Most concurrent requests. Others get 503. Default 256. */
  readonly maxRequests?: number;
  /** The server closes a connection that moves no byte for this long, unless it waits for tags. Default 30 s. */
  readonly stallTimeoutMs?: number;
  /** How long due proofs are collected before the enclave judges them as a batch. Default 2 s. */
  readonly batchWaitMs?: number;
}

export const defaultMemoryBudgetBytes = 256 * MiB;
