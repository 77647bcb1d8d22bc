// Registration with Sminer: regnstk once, then updates of endpoint and node key. The provider stores its index in its
// directory, so after a restart it serves and signs receipts before the chain answers.
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ed25519Signer } from '@cess/crypto';
import { CessError, delay, equalBytes, type Logger, messageOf, toHex } from '@cess/primitives';
import { nodeKeyPossessionMessage } from '@cess/types';
import type { ProviderChain } from './chain-port.js';

const maxRetryDelayMs = 15_000;
const format = 'cess-provider-registration';
const version = 1;

export interface RegistrationInit {
  readonly dir: string;
  readonly chain: ProviderChain;
  readonly nodeSigner: Ed25519Signer;
  readonly account: Uint8Array;
  readonly declaredBytes: number;
  readonly endpoint: string;
  readonly logger: Logger;
}

/** The stored index; undefined before the first registration. Throws `PROVIDER_DIRECTORY` for another's directory. */
export async function rememberedIndex(
  init: Pick<RegistrationInit, 'dir' | 'account'> & { genesis: Uint8Array },
): Promise<number | undefined> {
  let text: string;
  try {
    text = await readFile(join(init.dir, 'registration.json'), 'utf8');
  } catch {
    return undefined;
  }
  const refuse = (message: string) => new CessError('PROVIDER_DIRECTORY', `${init.dir} ${message}`, { dir: init.dir });
  let saved: Record<string, unknown>;
  try {
    saved = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (saved['format'] !== format || saved['version'] !== version)
    throw refuse('was written by another version. Update the program.');
  if (saved['genesis'] !== toHex(init.genesis))
    throw refuse('belongs to another network. Use another directory for this one.');
  if (saved['account'] !== toHex(init.account))
    throw refuse('belongs to another provider. Use another directory for this one.');
  const { miner: index } = saved as { miner?: unknown };
  return typeof index === 'number' && Number.isInteger(index) ? index : undefined;
}

/** The index that the directory of a stopped provider names, whoever it belongs to. */
export async function savedIndex(dir: string): Promise<number | undefined> {
  try {
    const { miner } = JSON.parse(await readFile(join(dir, 'registration.json'), 'utf8')) as {
      readonly miner?: unknown;
    };
    return typeof miner === 'number' ? miner : undefined;
  } catch {
    return undefined;
  }
}

/** Registers, or updates the record on chain. Retries until it succeeds or the signal fires. Returns the index. */
export async function ensureRegistered(init: RegistrationInit, signal: AbortSignal): Promise<number> {
  for (let failures = 0; ; failures++) {
    try {
      const index = await registerOnce(init);
      await remember(init, index);
      return index;
    } catch (error) {
      init.logger.warn({ cause: messageOf(error), failures }, 'failed to register the provider; retrying');
    }
    await delay(Math.min(500 * 2 ** failures, maxRetryDelayMs), signal);
  }
}

async function registerOnce({
  chain,
  nodeSigner,
  account,
  endpoint,
  declaredBytes,
}: RegistrationInit): Promise<number> {
  const nodeKey = nodeSigner.publicKey;
  const proofOfPossession = nodeSigner.sign(nodeKeyPossessionMessage(chain.genesis, account));
  const known = await chain.ownRecord();
  if (known === undefined) {
    await chain.register({ nodeKey, proofOfPossession, endpoint, declaredBytes });
  } else {
    if (known.endpoint !== endpoint) await chain.updateEndpoint(endpoint);
    if (!equalBytes(known.nodeKey, nodeKey)) await chain.updateNodeKey(nodeKey, proofOfPossession);
  }
  const record = known ?? (await chain.ownRecord());
  if (record === undefined)
    throw new CessError(
      'PROVIDER_NOT_REGISTERED',
      'The chain does not show the registration yet. Check the balance of the account if this persists.',
    );
  return record.index;
}

async function remember({ dir, chain, account }: RegistrationInit, index: number): Promise<void> {
  const path = join(dir, 'registration.json');
  const saved = { format, version, genesis: toHex(chain.genesis), account: toHex(account), miner: index };
  const file = await open(`${path}.tmp`, 'w');
  try {
    await file.writeFile(JSON.stringify(saved));
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
}
