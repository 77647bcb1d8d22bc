// A chain node alone, with funded development accounts, for suites of unmodified chain clients.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEd25519Signer } from '@cess/crypto';
import { createChainNode, parseChainSpec } from '@cess/node';
import { authorityOf } from '@cess/node/testing';
import { CESS, silentLogger, throwFatal, toHex0x } from '@cess/primitives';
import { Keyring } from '@polkadot/api';

const ss58Format = 11330;
const keyring = new Keyring({ type: 'sr25519', ss58Format });
export const alice = keyring.addFromUri('//Alice');
export const bob = keyring.addFromUri('//Bob');

/** Balance of Alice and Bob at genesis. */
export const endowment = 1000n * CESS;

export interface LoneChain {
  /** WebSocket URL of the RPC. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Starts a node in a temporary folder, which `stop` removes. */
export async function startLoneChain(): Promise<LoneChain> {
  const dataDir = mkdtempSync(join(tmpdir(), 'cess-chain-'));
  const authoritySeed = new Uint8Array(32).fill(7);
  const key = toHex0x(createEd25519Signer(authoritySeed).publicKey);
  const node = createChainNode({
    dataDir,
    chainSpec: parseChainSpec({
      name: 'CESS Test',
      id: 'cess-test',
      type: 'development',
      slotDurationMs: 500,
      authorities: [{ key, account: key }],
      balances: [alice, bob].map(({ publicKey }) => [toHex0x(publicKey), endowment.toString()]),
    }),
    authority: authorityOf(authoritySeed),
    rpcPort: 0,
    logger: silentLogger,
    onFatal: throwFatal,
  });
  await node.start();
  return {
    endpoint: node.rpcEndpoint,
    stop: async () => {
      await node.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
