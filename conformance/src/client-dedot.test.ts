// CHAIN-8: an unmodified dedot works against the node over the older RPC methods.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CESS } from '@cess/primitives';
import { LegacyClient, WsProvider } from 'dedot';
import { alice, bob, endowment, type LoneChain, startLoneChain } from './support/lone-chain.js';

describe('dedot', () => {
  let chain: LoneChain;
  let client: LegacyClient;

  before(async () => {
    chain = await startLoneChain();
    client = await LegacyClient.new(new WsProvider(chain.endpoint));
  });
  after(async () => {
    await client?.disconnect();
    await chain?.stop();
  });

  const freeOf = async (address: string): Promise<bigint> => (await client.query.system.account(address)).data.free;

  it('connects, and shows chain, runtime version and constants', async () => {
    assert.equal(await client.rpc.system_chain(), 'CESS Test');
    assert.equal(client.runtimeVersion.specName, 'cess');
    assert.equal((await client.call.core.version()).specVersion, client.runtimeVersion.specVersion);
    assert.equal(typeof client.consts.balances.existentialDeposit, 'bigint');
  });

  it('reads values, several at once, entries, and an old block', async () => {
    assert.equal(await freeOf(bob.address), endowment);
    const both = await client.query.system.account.multi([alice.address, bob.address]);
    assert.equal(both.length, 2);
    assert.ok((await client.query.system.account.entries()).length >= 2);
    const genesis = await client.at(client.genesisHash);
    assert.equal((await genesis.query.system.account(alice.address)).nonce, 0);
  });

  it('estimates the fee that a transfer then pays, and follows the transfer until it is final', async () => {
    const before = await freeOf(bob.address);
    const tx = client.tx.balances.transferKeepAlive(bob.address, 5n * CESS);
    const { partialFee } = await tx.paymentInfo(alice.address);
    const { status, events, dispatchError } = await tx.signAndSend(alice).untilFinalized();
    assert.equal(status.type, 'Finalized');
    assert.equal(dispatchError, undefined);
    const paid = events.map(({ event }) => event).find(client.events.transactionPayment.TransactionFeePaid.is);
    assert.equal(paid?.palletEvent.data.actualFee, partialFee);
    assert.equal(await freeOf(bob.address), before + 5n * CESS);
  });

  it('reports a failing dispatch by its name', async () => {
    const tx = client.tx.balances.transferKeepAlive(bob.address, 10n * endowment);
    const { dispatchError } = await tx.signAndSend(alice).untilFinalized();
    assert.deepEqual(dispatchError, { type: 'Token', value: 'FundsUnavailable' });
  });

  it('subscribes to a value and to finalized heads', async () => {
    for (const subscribe of [
      (next: (value: number) => void) => client.query.system.number(next),
      (next: (value: number) => void) => client.rpc.chain_subscribeFinalizedHeads(({ number }) => next(number)),
    ]) {
      const values: number[] = [];
      let unsubscribe: (() => Promise<void>) | undefined;
      await new Promise<void>((resolve, reject) => {
        subscribe((value) => {
          if (values.push(value) === 3) resolve();
        }).then((stop) => {
          unsubscribe = stop;
        }, reject);
      });
      await unsubscribe?.();
      const [first = 0] = values;
      assert.deepEqual(values.slice(0, 3), [first, first + 1, first + 2]);
    }
  });
});
