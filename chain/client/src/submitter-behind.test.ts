// CHAIN-6: a submitter that is behind the node does not take a call for lost whose block it has not searched yet.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Header } from '@cess/chain-primitives';
import { CESS, CessError, silentLogger, toHex } from '@cess/primitives';
import { type ChainClient, Submitter, tx } from './index.js';
import { receiver, sender } from './test-support/node.js';

/** A node that the test moves: what it has finalized, and which of these blocks the client has been told of. */
class MovedNode {
  finalized = 5;
  readonly submitted: string[] = [];
  /** Extrinsics by block. */
  readonly blocks = new Map<number, Uint8Array[]>();
  nextNonceValue = 0;
  isNonceUsed = false;
  #onFinalized: (header: Header, hash: Uint8Array) => Promise<void> | void = () => {};

  readonly genesisHash = new Uint8Array(32);
  readonly runtime = { specVersion: 1, transactionVersion: 1 };

  tell(number: number): Promise<void> | void {
    return this.#onFinalized(headerOf(number), hashOf(number));
  }

  readonly client = {
    genesisHash: this.genesisHash,
    runtime: this.runtime,
    finalizedHash: async () => hashOf(this.finalized),
    header: async (hash?: Uint8Array) => headerOf(hash === undefined ? this.finalized : numberOf(hash)),
    blockHash: async (number: number) => hashOf(number),
    nextNonce: async () => this.nextNonceValue,
    submitExtrinsic: async (extrinsic: Uint8Array) => {
      const hex = toHex(extrinsic);
      if (this.isNonceUsed && this.submitted[0] === hex)
        throw new CessError('RPC_ERROR', 'refused', { rpcCode: 1010, detail: 'Transaction is outdated' });
      if (!this.submitted.includes(hex)) this.submitted.push(hex);
    },
    followFinalized: (onFinalized: (header: Header, hash: Uint8Array) => Promise<void> | void) => {
      this.#onFinalized = onFinalized;
      return async () => {};
    },
    onConnected: () => () => {},
    block: async (hash: Uint8Array) => ({ extrinsics: this.blocks.get(numberOf(hash)) ?? [] }),
    events: async () => [],
  } as unknown as ChainClient;
}

const hashOf = (number: number) => new Uint8Array(32).fill(number);
const numberOf = (hash: Uint8Array) => hash[0] ?? 0;
const headerOf = (number: number) => ({ number }) as Header;
const send = (amount: bigint) =>
  tx.Balances.transfer_keep_alive({ dest: { type: 'Id', value: receiver }, value: amount });

describe('a submitter behind its node', () => {
  it('signs a call whose nonce is used again only after it has searched the block that used it', async () => {
    const node = new MovedNode();
    const submitter = new Submitter({ client: node.client, signer: sender, logger: silentLogger });
    const first = submitter.submit(send(CESS));
    while (node.submitted.length === 0) await new Promise((resolve) => setImmediate(resolve));
    // Block 10 includes it, and the node has finalized block 12. The submitter is told of block 8.
    const [hex] = node.submitted as [string];
    node.blocks.set(10, [Buffer.from(hex, 'hex')]);
    Object.assign(node, { finalized: 12, nextNonceValue: 1, isNonceUsed: true });
    await node.tell(8);
    // Another call makes it ask the node for its newest finalized block.
    const second = submitter.submit(send(2n * CESS));
    while (node.submitted.length === 1) await new Promise((resolve) => setImmediate(resolve));
    await node.tell(9);
    assert.equal(node.submitted.length, 2, 'the first call was signed once');
    await node.tell(10);
    assert.equal((await first).blockNumber, 10);
    node.blocks.set(11, [Buffer.from(node.submitted[1] ?? '', 'hex')]);
    await node.tell(11);
    assert.equal((await second).blockNumber, 11);
    await submitter.stop();
  });
});
