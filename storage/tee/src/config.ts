// Configuration of one TEE worker. Sizes in bytes, times in the unit of the name.
import { MiB } from '@cess/primitives';

export interface TeeWorkerConfig {
  /** Directory of this worker alone; its keys are in it. */
  readonly dir: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** What is registered on chain; `http://host:port` unless given. */
  readonly endpoint?: string;
  /** Account of the consensus node that the worker credits; it counts when the worker registers. */
  readonly bond?: Uint8Array;
  /** Bytes of fragments that wait for their tags; more are answered 503. Default 256 MiB. */
  readonly memoryBudgetBytes?: number;
  /** Requests at once; more are answered 503. Default 256. */
  readonly maxRequests?: number;
  /** A connection without a byte in either direction for this long is closed, unless it waits for tags. Default 30 s. */
  readonly stallTimeoutMs?: number;
  /** How long proofs that are due are collected before they are judged together. Default 2 s. */
  readonly batchWaitMs?: number;
}

export const defaultMemoryBudgetBytes = 256 * MiB;
