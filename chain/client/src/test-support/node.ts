// A real development node for the client's tests, and accounts with money on it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEd25519Signer } from '@cess/crypto';
import { type ChainNode, createChainNode, parseChainSpec } from '@cess/node';
import { authorityOf } from '@cess/node/testing';
import { CESS, silentLogger, throwFatal, toHex0x } from '@cess/primitives';
import { ed25519Account, sr25519Account } from '../signers.js';

const authoritySeed = new Uint8Array(32).fill(3);
export const authorityKey = createEd25519Signer(authoritySeed).publicKey;
export const sender = sr25519Account(new Uint8Array(32).fill(11));
export const edSender = ed25519Account(new Uint8Array(32).fill(12));
export const pauper = sr25519Account(new Uint8Array(32).fill(13));
export const receiver = new Uint8Array(32).fill(99);
export const startBalance = 1_000n * CESS;

export interface TestNode {
  readonly node: ChainNode;
  readonly dataDir: string;
  /** Stops the node and starts it again on the same data and port. */
  restart(): Promise<void>;
  remove(): Promise<void>;
}

export async function startTestNode(): Promise<TestNode> {
  const dataDir = mkdtempSync(join(tmpdir(), 'cess-client-'));
  const key = toHex0x(authorityKey);
  const chainSpec = parseChainSpec({
    name: 'Client Test',
    id: 'client-test',
    type: 'development',
    slotDurationMs: 200,
    authorities: [{ key, account: key }],
    balances: [sender, edSender].map(({ account }) => [toHex0x(account), startBalance.toString()]),
  });
  const create = (rpcPort: number) =>
    createChainNode({
      ...{ dataDir, chainSpec, rpcPort, logger: silentLogger, onFatal: throwFatal },
      authority: authorityOf(authoritySeed),
    });
  let node = create(0);
  await node.start();
  return {
    get node() {
      return node;
    },
    dataDir,
    restart: async () => {
      const port = Number(new URL(node.rpcEndpoint).port);
      await node.stop();
      node = create(port);
      await node.start();
    },
    remove: async () => {
      await node.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
