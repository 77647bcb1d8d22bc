// The chain specification and the secrets of a role. A key file without a passphrase opens only where the chain
// specification says that the chain is for development.
import { readFileSync } from 'node:fs';
import { ChainClient, type ChainIdentity, type ExtrinsicSigner } from '@cess/client';
import { sr25519Account } from '@cess/client/signers';
import { type ChainSpec, parseChainSpec } from '@cess/node';
import { CessError, fromHex, messageOf, toHex0x } from '@cess/primitives';
import { deriveRoleKeys, openKeyFile, type RoleKeys } from '@cess/sealing';
import type { ChainRoleConfig } from './config-file.js';
import { findChainRpc } from './peer-network.js';
import type { RoleContext } from './process.js';

/** Throws `CHAIN_SPEC_MISSING`, `CHAIN_SPEC_INVALID`. */
export function readChainSpec(file: string): ChainSpec {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new CessError('CHAIN_SPEC_MISSING', `${file} cannot be read: ${messageOf(cause)}.`, { file }, { cause });
  }
  return parseChainSpec(json);
}

export interface RoleSecretInit {
  readonly file: string;
  readonly purpose: string;
  readonly spec: ChainSpec;
  readonly passphrase: string | undefined;
}

/** The secret of a role. Throws `KEY_NOT_FOUND` and what `openKeyFile` throws. */
export async function readRoleSecret({ file, purpose, spec, passphrase }: RoleSecretInit): Promise<Uint8Array> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const advice = `Make it with: cess key new ${purpose} ${file}`;
    throw new CessError('KEY_NOT_FOUND', `${file} cannot be read: ${messageOf(cause)}. ${advice}`, {}, { cause });
  }
  try {
    return await openKeyFile(purpose, text, {
      allowPlaintext: spec.type === 'development',
      ...(passphrase === undefined ? {} : { passphrase }),
    });
  } catch (error) {
    if (!(error instanceof CessError)) throw error;
    const advice = error.code === 'KEY_FILE_PASSPHRASE' ? ' It is taken from CESS_PASSPHRASE.' : '';
    throw new CessError(error.code, `${file}: ${error.message}${advice}`, {}, { cause: error });
  }
}

export interface ChainRoleSecrets {
  readonly spec: ChainSpec;
  readonly keys: RoleKeys;
  /** Account of the role on chain. */
  readonly account: ExtrinsicSigner;
}

export interface ChainRole extends ChainRoleSecrets {
  /** Closed by the role's cleanups. */
  readonly client: ChainClient;
}

/** Specification, keys and a connection to the chain node, of the network that the configuration names. */
export async function openChainRole(
  config: ChainRoleConfig,
  passphrase: string | undefined,
  context: RoleContext,
): Promise<ChainRole> {
  const secrets = await readChainRole(config, passphrase);
  return { ...secrets, client: await connectChain(config, context) };
}

export async function readChainRole(
  config: ChainRoleConfig,
  passphrase: string | undefined,
): Promise<ChainRoleSecrets> {
  const spec = readChainSpec(config.chainSpecFile);
  const { keyFile: file, keyPurpose: purpose } = config;
  const keys = deriveRoleKeys(await readRoleSecret({ file, purpose, spec, passphrase }));
  return { spec, keys, account: sr25519Account(keys.accountSeed) };
}

/**
 * Connects to the chain node of the configuration. With a remembered identity, a node that cannot be reached does not
 * prevent the start.
 */
export async function connectChain(
  config: ChainRoleConfig,
  { logger, metrics, cleanups, onFatal }: RoleContext,
  remembered?: ChainIdentity,
): Promise<ChainClient> {
  const endpoint = await chainEndpointOf(config, { logger, metrics, onFatal });
  const client = await ChainClient.connect({ endpoint, logger, metrics, onFatal, remembered });
  cleanups.push(() => client.close());
  requireGenesis(config.genesis, client.genesisHash, config.chainRpc);
  return client;
}

/** The URL of the chain node that the configuration names. Throws `CHAIN_NODE_NOT_FOUND`, `CONFIG_INVALID`. */
export async function chainEndpointOf(
  { chainRpc, genesis, dataDir }: ChainRoleConfig,
  context: Pick<RoleContext, 'logger' | 'metrics' | 'onFatal'>,
): Promise<string> {
  if (!chainRpc.startsWith('/')) return chainRpc;
  if (genesis === null) {
    const text =
      'With a peer-to-peer address in "chainRpc" the configuration needs "genesis", the hash of the first block.';
    throw new CessError('CONFIG_INVALID', text, {});
  }
  return findChainRpc(chainRpc, { ...context, dataDir, genesis: fromHex(genesis.replace(/^0x/, '')) });
}

/**
 * The first cleanup of a role that stops. While the node cannot be reached, calls that wait for it would delay the stop by
 * their timeouts; closing the client ends them.
 */
export async function abandonUnreachableChain(client: ChainClient): Promise<void> {
  if (!client.isConnected) await client.close();
}

/** Throws `NETWORK_MISMATCH` when a node is of another network than the configuration says. */
function requireGenesis(expected: string | null, actual: Uint8Array, rpc: string): void {
  if (expected === null || toHex0x(fromHex(expected.replace(/^0x/, ''))) === toHex0x(actual)) return;
  throw new CessError('NETWORK_MISMATCH', `${rpc} is a node of the chain ${toHex0x(actual)}, not of ${expected}.`);
}
