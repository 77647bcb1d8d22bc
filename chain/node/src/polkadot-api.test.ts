// CHAIN-8: an unmodified @polkadot/api works against the node over WebSocket.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CESS, fromHex } from '@cess/primitives';
import { verifyReadProof } from '@cess/state';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { ProviderInterface } from '@polkadot/rpc-provider/types';
import type { ISubmittableResult } from '@polkadot/types/types';
import type { ChainNode } from './index.js';
import {
  alice,
  bob,
  devNode,
  devSpec,
  removeDirectory,
  temporaryDirectory,
  untilBlock,
} from './test-support/dev-node.js';

describe('@polkadot/api', () => {
  const dataDir = temporaryDirectory();
  let node: ChainNode;
  let api: ApiPromise;
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 11330 });
  const sender = keyring.addFromUri('//Alice');

  before(async () => {
    // Slow enough that a busy machine still sees a block before it is final.
    node = devNode(dataDir, { chainSpec: devSpec({ slotDurationMs: 800 }) });
    await node.start();
    await untilBlock(node, 1);
    // The cast bridges exactOptionalPropertyTypes, which the library's declarations do not know.
    const provider = new WsProvider(node.rpcEndpoint) as unknown as ProviderInterface;
    api = await ApiPromise.create({ provider, noInitWarn: true });
  });

  after(async () => {
    await api?.disconnect();
    await node.stop();
    removeDirectory(dataDir);
  });

  async function finalize(
    tx: SubmittableExtrinsic<'promise'>,
  ): Promise<{ result: ISubmittableResult; statuses: string[] }> {
    const statuses: string[] = [];
    const result = await new Promise<ISubmittableResult>((resolve, reject) => {
      tx.signAndSend(sender, (update) => {
        statuses.push(update.status.type);
        if (update.status.isFinalized) resolve(update);
        if (update.isError) reject(new Error(update.status.type));
      }).catch(reject);
    });
    return { result, statuses };
  }

  it('connects, and shows chain, constants and properties', async () => {
    assert.equal(api.genesisHash.toHex(), `0x${Buffer.from(node.genesisHash).toString('hex')}`);
    assert.equal(api.runtimeVersion.specName.toString(), 'cess');
    assert.equal((await api.rpc.system.chain()).toString(), 'CESS Test');
    assert.equal(api.registry.chainSS58, 11330);
    assert.deepEqual(api.registry.chainDecimals, [18]);
    assert.ok(api.consts.balances!['existentialDeposit']);
    assert.ok(api.tx['fileBank']?.['declareBatch'], 'the pallets of the storage network are there');
  });

  it('reads decoded storage, entries, multi queries and old blocks', async () => {
    const account = (await api.query.system!.account!(alice)).toJSON() as { data: { free: string } };
    assert.equal(BigInt(account.data.free), 1_000_000n * CESS);
    const entries = await api.query.system!.account!.entries();
    assert.ok(entries.length >= 2);
    const multi = await api.query.system!.account!.multi([alice, bob]);
    assert.equal(multi.length, 2);
    const head = await api.rpc.chain.getFinalizedHead();
    const at = await api.at(head);
    assert.ok((await at.query.timestamp!.now!()).toString() !== '0');
    assert.equal((await api.rpc.system.accountNextIndex(alice)).toNumber(), 0);
  });

  it('follows new, all and finalized heads without gaps', async () => {
    const numbers: number[] = [];
    await new Promise<void>((resolve) => {
      const unsubscribe = api.rpc.chain.subscribeFinalizedHeads((header) => {
        numbers.push(header.number.toNumber());
        if (numbers.length === 4) void unsubscribe.then((stop) => stop()).then(() => resolve());
      });
    });
    for (let i = 1; i < numbers.length; i++) assert.equal(numbers[i], numbers[i - 1]! + 1);
    const header = await api.rpc.chain.getHeader();
    const block = await api.rpc.chain.getBlock(header.hash);
    assert.equal(block.block.header.hash.toHex(), header.hash.toHex(), 'the header hash is recomputed by the client');
  });

  it('a transfer is ready, in a block and final, with decoded events, and the fee was foreseen', async () => {
    const tx = api.tx.balances!.transferKeepAlive!(bob, 5n * CESS);
    const { partialFee } = await tx.paymentInfo(sender);
    assert.ok(partialFee.toBigInt() > 0n);
    const { result, statuses } = await finalize(tx);
    assert.deepEqual(statuses, ['Ready', 'InBlock', 'Finalized']);
    const names = result.events.map(({ event }) => `${event.section}.${event.method}`);
    assert.ok(names.includes('balances.Transfer'));
    assert.equal(names.at(-1), 'system.ExtrinsicSuccess');
    const fee = result.events.find(({ event }) => event.method === 'TransactionFeePaid')!.event.data[1]!;
    assert.equal(fee.toString(), partialFee.toString());
    const account = (await api.query.system!.account!(bob)).toJSON() as { data: { free: string } };
    assert.equal(BigInt(account.data.free), 1_005n * CESS);
    assert.equal((await api.rpc.system.accountNextIndex(alice)).toNumber(), 1);
  });

  it('a failing dispatch is included with its decoded error', async () => {
    const { result } = await finalize(api.tx.balances!.transferKeepAlive!(bob, 10_000_000n * CESS));
    assert.ok(result.dispatchError);
    assert.equal(result.dispatchError.isToken, true);
    assert.equal(result.dispatchError.asToken.type, 'FundsUnavailable');
  });

  it('a stale nonce and a wrong signature are refused with the code of Substrate', async () => {
    const tx = await api.tx.balances!.transferKeepAlive!(bob, 1n).signAsync(sender, { nonce: 0 });
    await assert.rejects(api.rpc.author.submitExtrinsic(tx), /1010.*outdated/);
  });

  it('a read proof of the account holds against the state root of the header', async () => {
    const header = await api.rpc.chain.getHeader();
    const key = api.query.system!.account!.key(alice);
    const { proof } = await api.rpc.state.getReadProof([key], header.hash);
    const checked = verifyReadProof(
      header.stateRoot,
      proof.map((item) => item.toU8a(true)),
      fromHex(key),
    );
    assert.ok(checked.ok && checked.value.type === 'present');
    const raw = await api.rpc.state.getStorage(key, header.hash);
    assert.equal(
      `0x${Buffer.from(checked.value.value).toString('hex')}`,
      (raw as unknown as { toHex(): string }).toHex(),
    );
  });

  it('storage subscriptions report every change', async () => {
    const seen: string[] = [];
    let stop: (() => void) | undefined;
    const changed = new Promise<void>((resolve) => {
      void api.query.system!.number!((number: { toString(): string }) => {
        seen.push(number.toString());
        if (seen.length === 3) resolve();
      }).then((unsubscribe) => {
        stop = unsubscribe as unknown as () => void;
      });
    });
    await changed;
    stop?.();
    assert.equal(new Set(seen).size, 3);
  });

  it('pause stops the chain while reads continue, and resume restarts it', async () => {
    node.pause();
    const inFlight = await api.rpc.chain.getHeader();
    const later = api.rpc.chain.getBlockHash(inFlight.number.toNumber() + 2);
    assert.equal((await later).toHex(), `0x${'00'.repeat(32)}`);
    const next = new Promise<number>((resolve) => {
      const unsubscribe = api.rpc.chain.subscribeNewHeads((header) => {
        if (header.number.toNumber() < inFlight.number.toNumber() + 2) return;
        void unsubscribe.then((stop) => stop());
        resolve(header.number.toNumber());
      });
    });
    node.resume();
    assert.ok((await next) >= inFlight.number.toNumber() + 2);
  });
});
