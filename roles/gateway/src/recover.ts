// `cess gateway recover`: fills the empty data folder of a gateway from the network, with the configuration that the gateway will have.
import { readFileSync } from 'node:fs';
import { type AuthoritySet, ChainClient, type ExtrinsicSigner } from '@cess/client';
import { sr25519Account } from '@cess/client/signers';
import { createEd25519Signer } from '@cess/crypto';
import { type RecoverGatewayInit, type RecoveryReport, recoverGateway } from '@cess/gateway';
import { CessError, type Logger, messageOf, noMetrics, throwFatal } from '@cess/primitives';
import { type ChainRoleConfig, type ChainRoleSecrets, chainEndpointOf, readChainRole } from '@cess/role-process';
import { deriveOwnerMasterKey, deriveOwnerX25519, openKeyFile, type RoleKeys } from '@cess/sealing';
import { registerGateway } from './registration.js';

export type ChainSpec = ChainRoleSecrets['spec'];

export interface RecoverOptions extends Pick<RecoverGatewayInit, 'from' | 'isForced' | 'onProgress' | 'signal'> {
  readonly passphrase: string | undefined;
  /** Key file of the owner. Without it the key of the gateway opens the index. */
  readonly ownerKeyFile: string | undefined;
  readonly logger: Logger;
}

interface RecoveryParts {
  readonly spec: ChainSpec;
  readonly keys: RoleKeys;
  readonly account: ExtrinsicSigner;
  readonly client: ChainClient;
  readonly logger: Logger;
}

/** Registers the gateway on the chain if it is not, because providers answer registered nodes only. */
export async function recoverGatewayRole(
  config: ChainRoleConfig & { readonly endpoint: string; readonly domain: string },
  options: RecoverOptions,
): Promise<RecoveryReport> {
  const { passphrase, ownerKeyFile, logger, from, isForced, onProgress, signal } = options;
  const secrets = await readChainRole(config, passphrase);
  const background = { logger, metrics: noMetrics, onFatal: throwFatal };
  const client = await ChainClient.connect({ endpoint: await chainEndpointOf(config, background), logger });
  try {
    await registerGateway(config, { ...secrets, client, logger });
    const owner = ownerKeyFile === undefined ? undefined : await readOwner(ownerKeyFile, secrets.spec, passphrase);
    const parts = recoveryParts(config.dataDir, { ...secrets, client, logger });
    return await recoverGateway({ ...parts, owner, from, isForced, onProgress, signal });
  } finally {
    await client.close();
  }
}

export function recoveryParts(
  dataDir: string,
  { spec, keys, account, client, logger }: RecoveryParts,
): Omit<RecoverGatewayInit, 'isForced' | 'onProgress' | 'signal'> {
  return {
    client,
    authorities: authoritiesOf(spec),
    account,
    nodeSigner: createEd25519Signer(keys.nodeSeed),
    wrappingKey: keys.wrappingKey,
    dataDir,
    allowPrivateEndpoints: spec.type === 'development',
    logger,
  };
}

export function authoritiesOf({ authorities }: ChainSpec): AuthoritySet {
  return { setId: 0n, authorities: authorities.map(({ key }) => ({ key, weight: 1n })) };
}

async function readOwner(file: string, spec: ChainSpec, passphrase: string | undefined) {
  const seed = await openKeyFile('owner', readKeyFile(file), {
    allowPlaintext: spec.type === 'development',
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  return { account: sr25519Account(seed).account, pair: deriveOwnerX25519(deriveOwnerMasterKey(seed)) };
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CessError('KEY_NOT_FOUND', `${file} cannot be read: ${messageOf(cause)}.`, {}, { cause });
  }
}
