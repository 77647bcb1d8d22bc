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
  /** URL of the metrics of all roles. */
  readonly metricsEndpoint: string;
  readonly home: string;
  /** Ends everything, cleanly. Idempotent. */
  stop(): Promise<void>;
  /** Resolves when the network was asked to stop from outside, or cannot go on. */
  readonly ended: Promise<string>;
}

/** Starts the network; `progress` is told of each step. What throws leaves nothing running. */
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
