// A complete gateway: its object index in its own directory, over a connection to a chain node.

import { join } from 'node:path';
import { type AuthoritySet, type ChainClient, type ChainIdentity, type ExtrinsicSigner, Submitter } from '@cess/client';
import type { X25519Pair } from '@cess/crypto';
import type { NodeSigner } from '@cess/node-api';
import { openIndexFormat, RememberedChain, type RememberedIdentity } from '@cess/object-index';
import {
  fromUtf8,
  type Logger,
  type Metrics,
  noMetrics,
  type OnFatal,
  runCleanups,
  systemTimers,
  utf8,
} from '@cess/primitives';
import { lockDirectory, openLmdb } from '@cess/store';
import type { SpanRecorder } from '@cess/telemetry';
import { ChainAdapter } from './chain/chain-adapter.js';
import { assertIndexPlace, type FleetConfig, openFleet } from './fleet/open-fleet.js';
import type { FollowedGateway } from './follow/followed-gateway.js';
import { createGateway } from './gateway.js';
import type { Gateway, GatewayConfig } from './gateway-config.js';
import { ChainSource } from './recovery/chain-source.js';

export interface GatewayOverChainInit {
  /**
   * Connects to the chain; the caller closes the client after the gateway. Gets the identity of the chain at the last start,
   * with which the gateway starts although no node answers.
   */
  readonly connect: (remembered: ChainIdentity | undefined) => Promise<ChainClient>;
  readonly account: ExtrinsicSigner;
  readonly nodeSigner: NodeSigner;
  readonly wrappingKey: X25519Pair;
  /** Directory of the object index, used by this gateway only. */
  readonly dataDir: string;
  /** Serve a copy of the exports of this gateway. `authorities` finalize, as the chain specification says. Default: an index of its own. */
  readonly follows?:
    | { readonly gateway: Uint8Array; readonly periodMs: number; readonly authorities: AuthoritySet }
    | undefined;
  /** The database of an index that several gateways share. Default: the index lies in `dataDir`. */
  readonly fleet?: FleetConfig | undefined;
  /** Whether providers may use loopback and private addresses; for development only. */
  readonly allowPrivateEndpoints: boolean;
  readonly logger: Logger;
  readonly onFatal: OnFatal;
  /** Default: none. */
  readonly metrics?: Metrics;
  /** Takes a span of every request. Default: none are made. */
  readonly spans?: SpanRecorder | undefined;
}

/** Of the data folder of a gateway. */
const auditFolder = 'audit';
const keyVaultName = 'named-keys';
const accessLogFolder = 'access-logs';
const inventoryFolder = 'inventory';

export interface OpenGateway {
  readonly gateway: Gateway;
  stop(): Promise<void>;
}

/** Starts a gateway. On failure, closes what it opened. Throws `KV_LOCKED`, the errors of `connect` and the errors of `Gateway.start`. */
export async function openGatewayOverChain(
  init: GatewayOverChainInit,
  config: Omit<GatewayConfig, 'account' | 'spillDir' | 'auditDir' | 'accessLogDir' | 'inventoryDir' | 'keyVaultFile'>,
): Promise<OpenGateway> {
  const { logger, metrics = noMetrics } = init;
  const { account } = init.account;
  const cleanups: (() => unknown)[] = [];
  const cleanUp = () => runCleanups(cleanups);
  try {
    const lock = lockDirectory(init.dataDir);
    cleanups.push(() => lock.release());
    const store = openLmdb({ path: init.dataDir });
    cleanups.push(() => store.close());
    const remembered = new RememberedChain(store);
    const client = await init.connect(identityOf(remembered.identity()));
    const kv = await openIndexFormat(store, client.genesisHash);
    await assertIndexPlace(kv, init.fleet !== undefined);
    const { onFatal } = init;
    const fleet = init.fleet && (await openFleet(init.fleet, client.genesisHash, { logger, metrics, onFatal }));
    cleanups.push(() => fleet?.close());
    const { genesisHash: genesis, runtime, properties } = client.identity;
    await remembered.rememberIdentity({ genesis, ...runtime, properties: utf8(JSON.stringify(properties)) });
    const submitter = new Submitter({ client, signer: init.account, logger });
    cleanups.push(() => submitter.stop());
    const chain = new ChainAdapter({
      client,
      submitter,
      account,
      allowPrivateEndpoints: init.allowPrivateEndpoints,
      logger,
      guard: fleet && (() => fleet.member.assertHeld()),
    });
    const { nodeSigner: signer, wrappingKey, spans } = init;
    const gateway = createGateway(
      {
        ...{ kv, fleet, chain, timers: systemTimers, logger, metrics, onFatal, signer, wrappingKey, spans },
        follows: followedBy(init, client),
      },
      {
        ...config,
        account,
        spillDir: join(init.dataDir, 'spill'),
        auditDir: join(init.dataDir, auditFolder),
        keyVaultFile: join(init.dataDir, keyVaultName),
        accessLogDir: join(init.dataDir, accessLogFolder),
        inventoryDir: join(init.dataDir, inventoryFolder),
      },
    );
    // Also after a start that failed, as on a port in use: parts that started before run. The submitter is closed first: this
    // aborts calls that wait for the chain, so that the gateway can stop.
    cleanups.push(
      () => gateway.stop(),
      () => submitter.stop(),
    );
    await gateway.start();
    return { gateway, stop: cleanUp };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

function followedBy({ follows }: GatewayOverChainInit, client: ChainClient): FollowedGateway | undefined {
  if (follows === undefined) return undefined;
  const { gateway, periodMs, authorities } = follows;
  return { gateway, periodMs, chain: new ChainSource(client, authorities) };
}

function identityOf(record: RememberedIdentity | undefined): ChainIdentity | undefined {
  if (record === undefined) return undefined;
  const { genesis: genesisHash, specVersion, transactionVersion, properties } = record;
  return {
    genesisHash,
    runtime: { specVersion, transactionVersion },
    properties: JSON.parse(fromUtf8(properties)) as Readonly<Record<string, unknown>>,
  };
}
