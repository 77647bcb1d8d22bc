// cess provider: a storage provider as a process of its own.
import { Submitter } from '@cess/client';
import { GiB, MiB } from '@cess/primitives';
import { createProviderOverChain, createSharedWork, FinalizedFeed } from '@cess/provider';
import {
  abandonUnreachableChain,
  byteCountSchema,
  chainRoleExample,
  chainRoleShape,
  joinPeerNetwork,
  openChainRole,
  type ProviderReport,
  type Role,
  type RoleConfigFormat,
  type RoleContext,
  resolveChainRolePaths,
  serverShape,
} from '@cess/role-process';
import { z } from 'zod';

const schema = z.strictObject({
  ...chainRoleShape('provider'),
  ...serverShape,
  /** Space that is declared on chain, staked for and never exceeded. */
  declaredBytes: z.int().min(GiB),
  minFreeBytes: byteCountSchema.default(GiB),
  /** Rate at which held fragments are scrubbed; 0 disables scrubbing. */
  scrubBytesPerSecond: byteCountSchema.default(8 * MiB),
  /** Maximum concurrent restoral orders; 0 disables restoral. */
  maxRestorals: z.int().min(0).max(64).default(4),
  /** Share of one CPU for tagging and repair during uploads; use less when several providers share a machine. */
  backgroundShare: z.number().min(0.0001).max(1).default(0.05),
  /** Most concurrent requests. One client address and one node get at most half; nodes behind one proxy share an address. */
  maxRequests: z.number().int().min(2).max(65_536).default(256),
  /** Most concurrent uploads. One gateway gets at most half. */
  maxUploads: z.number().int().min(2).max(65_536).default(64),
});

export type ProviderRoleConfig = z.infer<typeof schema>;

export const providerConfigFormat: RoleConfigFormat<ProviderRoleConfig> = {
  role: 'provider',
  schema,
  example: {
    ...chainRoleExample('provider'),
    host: '127.0.0.1',
    port: 9100,
    endpoint: null,
    tls: false,
    declaredBytes: 64 * GiB,
    minFreeBytes: GiB,
    scrubBytesPerSecond: 8 * MiB,
    maxRestorals: 4,
    backgroundShare: 0.05,
    maxRequests: 256,
    maxUploads: 64,
  },
  resolvePaths: resolveChainRolePaths,
};

async function openProviderRole(config: ProviderRoleConfig, passphrase: string | undefined, context: RoleContext) {
  const { logger, metrics, cleanups, onFatal } = context;
  const { spec, keys, account, client } = await openChainRole(config, passphrase, context);
  const submitter = new Submitter({ client, signer: account, logger });
  cleanups.push(() => submitter.stop());
  const shared = createSharedWork({ logger, share: config.backgroundShare });
  cleanups.push(() => shared.stop());
  const provider = createProviderOverChain(
    {
      client,
      feed: new FinalizedFeed(client),
      submitter,
      account,
      nodeSeed: keys.nodeSeed,
      shared,
      allowPrivateEndpoints: spec.type === 'development',
      logger,
      onFatal,
      metrics,
    },
    {
      dir: config.dataDir,
      host: config.host,
      port: config.port,
      isTlsOnLoopback: config.tls,
      declaredBytes: config.declaredBytes,
      minFreeBytes: config.minFreeBytes,
      scrubBytesPerSecond: config.scrubBytesPerSecond,
      maxRestorals: config.maxRestorals,
      maxRequests: config.maxRequests,
      maxUploads: config.maxUploads,
      ...(config.endpoint === null ? {} : { endpoint: config.endpoint }),
    },
  );
  await provider.start();
  cleanups.push(
    () => provider.stop(),
    () => submitter.stop(),
    () => abandonUnreachableChain(client),
  );
  await joinPeerNetwork(
    config,
    {
      seed: keys.nodeSeed,
      genesis: client.genesisHash,
      record: { roles: ['provider'], endpoints: [provider.endpoint], storageBytes: config.declaredBytes },
    },
    context,
  );
  return {
    endpoint: provider.endpoint,
    answer: (): ProviderReport => ({ index: provider.index ?? null, ...usageOf(provider.usage()) }),
  };
}

function usageOf({ usedBytes, fragments }: { usedBytes: number; fragments: number }) {
  return { usedBytes, fragments };
}

/** The role that `cess provider` runs. */
export const providerRole: Role<ProviderRoleConfig> = { format: providerConfigFormat, open: openProviderRole };
