// cess provider: a storage provider as a process of its own.
import { ChainClient, Submitter, sr25519Account } from '@cess/client';
import { deriveRoleKeys } from '@cess/crypto';
import { GiB } from '@cess/primitives';
import { createProviderOverChain, createSharedWork, FinalizedFeed } from '@cess/provider';
import { z } from 'zod';
import {
  byteCountSchema,
  genesisSchema,
  httpUrlSchema,
  logLevelSchema,
  portSchema,
  type RoleConfigFormat,
  rpcUrlSchema,
} from './config-file.js';
import { readChainSpec, readRoleSecret, requireGenesis } from './keys.js';
import type { RoleContext } from './process.js';
import type { ProviderReport } from './supervision.js';

const schema = z.strictObject({
  chainSpecFile: z.string().min(1),
  chainRpc: rpcUrlSchema,
  /** Refuse a node of another chain; null takes what the node says. */
  genesis: genesisSchema.nullable().default(null),
  dataDir: z.string().min(1),
  keyFile: z.string().min(1),
  keyPurpose: z.string().min(1).default('provider'),
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 takes a free one at every start. */
  port: portSchema.default(0),
  /** URL under which gateways reach this provider; null: host and port. */
  endpoint: httpUrlSchema.nullable().default(null),
  /** Space that is declared on chain, staked for and never exceeded. */
  declaredBytes: z.int().min(GiB),
  minFreeBytes: byteCountSchema.default(GiB),
  logLevel: logLevelSchema.default('info'),
});

export type ProviderRoleConfig = z.infer<typeof schema>;

export const providerConfigFormat: RoleConfigFormat<ProviderRoleConfig> = {
  role: 'provider',
  schema,
  example: {
    chainSpecFile: 'chain-spec.json',
    chainRpc: 'ws://127.0.0.1:9944',
    genesis: null,
    dataDir: 'provider',
    keyFile: 'provider-key.json',
    keyPurpose: 'provider',
    host: '127.0.0.1',
    port: 9100,
    endpoint: null,
    declaredBytes: 64 * GiB,
    minFreeBytes: GiB,
    logLevel: 'info',
  },
  resolvePaths: (config, absolute) => ({
    ...config,
    chainSpecFile: absolute(config.chainSpecFile),
    dataDir: absolute(config.dataDir),
    keyFile: absolute(config.keyFile),
  }),
};

export async function openProviderRole(
  config: ProviderRoleConfig,
  passphrase: string | undefined,
  { logger, cleanups }: RoleContext,
) {
  const spec = readChainSpec(config.chainSpecFile);
  const { keyFile: file, keyPurpose: purpose } = config;
  const keys = deriveRoleKeys(await readRoleSecret({ file, purpose, spec, passphrase }));
  const client = await ChainClient.connect({ endpoint: config.chainRpc, logger });
  cleanups.push(() => client.close());
  requireGenesis(config.genesis, client.genesisHash, config.chainRpc);
  const account = sr25519Account(keys.accountSeed);
  const submitter = new Submitter({ client, signer: account, logger });
  cleanups.push(() => submitter.stop());
  const shared = createSharedWork({ logger });
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
    },
    {
      dir: config.dataDir,
      host: config.host,
      port: config.port,
      declaredBytes: config.declaredBytes,
      minFreeBytes: config.minFreeBytes,
      ...(config.endpoint === null ? {} : { endpoint: config.endpoint }),
    },
  );
  await provider.start();
  cleanups.push(
    () => provider.stop(),
    () => submitter.stop(),
  );
  return {
    endpoint: provider.endpoint,
    answer: (): ProviderReport => ({ miner: provider.miner ?? null, ...usageOf(provider.usage()) }),
  };
}

function usageOf({ usedBytes, fragments }: { usedBytes: number; fragments: number }) {
  return { usedBytes, fragments };
}
