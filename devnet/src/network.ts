// Entry to the embedded network (docs/architecture.md): a chain authority, a TEE worker, storage providers and an S3 gateway.
// Each has its own data and keys, and they talk to each other only over RPC and HTTP.
import { lockDirectory } from '@cess/store';
import type { DevnetConfig } from './config.js';
import type { Credentials } from './home.js';
import { requireFreeDisk, requireWritable } from './preflight.js';
import { ProcessNetwork } from './process-network.js';
import { SingleProcessNetwork } from './single-process-network.js';

export interface Network {
  readonly credentials: Credentials;
  readonly rpcEndpoint: string;
  /** URL of the web console. */
  readonly consoleEndpoint: string;
  /** URL of the metrics of all roles. */
  readonly metricsEndpoint: string;
  readonly home: string;
  /** Shuts everything down cleanly. Idempotent. */
  stop(): Promise<void>;
  /** Resolves when the network receives a stop request or cannot continue. */
  readonly ended: Promise<string>;
}

/** Starts the network and reports each step to `progress`. On failure it stops everything it started. */
export async function startNetwork(config: DevnetConfig, progress: (step: string) => void): Promise<Network> {
  requireWritable(config.home);
  requireFreeDisk(config.home, config.minFreeBytes);
  const lock = lockDirectory(config.home);
  const network = config.processes ? new ProcessNetwork(config, lock) : new SingleProcessNetwork(config, lock);
  try {
    await network.start(progress);
    return network;
  } catch (error) {
    await network.stop();
    throw error;
  }
}
