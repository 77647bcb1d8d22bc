// A development node with endowed accounts on a free port, for tests over the real RPC.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEd25519Signer } from '@cess/crypto';
import { CESS, type Logger, silentLogger, throwFatal, toHex0x } from '@cess/primitives';
import { type ChainNode, type ChainNodeInit, type ChainSpec, createChainNode, parseChainSpec } from '../index.js';
import { authorityOf } from '../testing.js';

export const authoritySeed = new Uint8Array(32).fill(7);
/** Public keys of the sr25519 development accounts //Alice and //Bob. */
export const alice = '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d';
export const bob = '0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48';

export function devSpec(changes: Record<string, unknown> = {}): ChainSpec {
  const key = toHex0x(createEd25519Signer(authoritySeed).publicKey);
  return parseChainSpec({
    name: 'CESS Test',
    id: 'cess-test',
    type: 'development',
    slotDurationMs: 250,
    authorities: [{ key, account: key }],
    balances: [
      [alice, (1_000_000n * CESS).toString()],
      [bob, (1_000n * CESS).toString()],
    ],
    ...changes,
  });
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'cess-node-'));
}

export function devNode(dataDir: string, changes: Partial<ChainNodeInit> = {}): ChainNode {
  return createChainNode({
    dataDir,
    chainSpec: devSpec(),
    authority: authorityOf(authoritySeed),
    rpcPort: 0,
    logger: process.env['CESS_TEST_LOG'] ? consoleLogger : silentLogger,
    onFatal: throwFatal,
    ...changes,
  });
}

export function removeDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** One JSON-RPC call over HTTP. */
export async function rpc(node: ChainNode, method: string, ...params: unknown[]): Promise<RpcAnswer> {
  const response = await fetch(node.rpcEndpoint.replace('ws://', 'http://'), {
    method: 'POST',
    // The node shares this thread: while that is busy, a connection that was kept may have been closed unnoticed.
    headers: { connection: 'close' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  return (await response.json()) as RpcAnswer;
}

export interface RpcAnswer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** Resolves when the condition holds, checked after each new best block reported over RPC. */
export async function untilBlock(node: ChainNode, number: number): Promise<void> {
  const socket = new (await import('ws')).WebSocket(node.rpcEndpoint);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () =>
        socket.send('{"jsonrpc":"2.0","id":1,"method":"chain_subscribeFinalizedHeads","params":[]}'),
      );
      socket.on('message', (data) => {
        const message = JSON.parse(String(data)) as { params?: { result: { number: string } } };
        if (message.params && Number(message.params.result.number) >= number) resolve();
      });
    });
  } finally {
    socket.terminate();
  }
}

export const consoleLogger: Logger = {
  error: (fields, message) => console.error(message, fields),
  warn: (fields, message) => console.error(message, fields),
  info: (fields, message) => console.error(message, fields),
  debug: (fields, message) => console.error(message, fields),
  child: () => consoleLogger,
};
