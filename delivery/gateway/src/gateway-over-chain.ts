// A gateway as it runs for real: its object index in a directory of its own, over a connection to a chain node.

import { type ChainClient, type ExtrinsicSigner, Submitter } from '@cess/client';
import type { X25519Pair } from '@cess/crypto';
import type { NodeSigner } from '@cess/node-api';
import { openIndexFormat } from '@cess/object-index';
import { type Logger, type Metrics, noMetrics, type OnFatal, runCleanups, systemTimers } from '@cess/primitives';
import { lockDirectory, openLmdb } from '@cess/store';
import { ChainAdapter } from './chain/chain-adapter.js';
import { createGateway, type Gateway, type GatewayConfig } from './gateway.js';

export interface GatewayOverChainInit {
  /** Closed by whoever made it, after the gateway. */
  readonly client: ChainClient;
  readonly account: ExtrinsicSigner;
  readonly nodeSigner: NodeSigner;
  readonly wrappingKey: X25519Pair;
  /** Directory of this gateway alone; holds the object index. */
  readonly dataDir: string;
  /** Whether providers may live at loopback and private addresses: development only. */
  readonly allowPrivateEndpoints: boolean;
  readonly logger: Logger;
  readonly onFatal: OnFatal;
  /** Default: none. */
  readonly metrics?: Metrics;
}

export interface OpenGateway {
  readonly gateway: Gateway;
  stop(): Promise<void>;
}

/** Starts a gateway; what throws leaves nothing open. Throws `KV_LOCKED`, and what `Gateway.start` throws. */
export async function openGatewayOverChain(
  init: GatewayOverChainInit,
  config: Omit<GatewayConfig, 'account'>,
): Promise<OpenGateway> {
  const { client, logger, metrics = noMetrics } = init;
  const { account } = init.account;
  const cleanups: (() => unknown)[] = [];
  const cleanUp = () => runCleanups(cleanups);
  try {
    const lock = lockDirectory(init.dataDir);
    cleanups.push(() => lock.release());
    const store = openLmdb({ path: init.dataDir });
    cleanups.push(() => store.close());
    const kv = await openIndexFormat(store, client.genesisHash);
    const submitter = new Submitter({ client, signer: init.account, logger });
    cleanups.push(() => submitter.stop());
    const chain = new ChainAdapter({
      client,
      submitter,
      account,
      allowPrivateEndpoints: init.allowPrivateEndpoints,
      logger,
    });
    const { nodeSigner: signer, wrappingKey } = init;
    const gateway = createGateway(
      { kv, chain, timers: systemTimers, logger, metrics, onFatal: init.onFatal, signer, wrappingKey },
      { ...config, account },
    );
    await gateway.start();
    // The submitter first: what waits for the chain ends, so that the gateway can.
    cleanups.push(
      () => gateway.stop(),
      () => submitter.stop(),
    );
    return { gateway, stop: cleanUp };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}
