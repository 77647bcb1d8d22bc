// Entry to the embedded network (docs/architecture.md): a chain authority, a TEE worker, storage providers and an S3 gateway,
// each over its own data and keys, talking to each other only through RPC and HTTP.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CessError } from '@cess/primitives';
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

/** Deletes all data of a network that is not running. Throws `KV_LOCKED` while it runs. */
export function assertNotRunning(home: string): void {
  if (!existsSync(join(home, 'chain-spec.json')))
    throw new CessError('HOME_NOT_A_NETWORK', `${home} holds no network.`);
  lockDirectory(home).release();
}
