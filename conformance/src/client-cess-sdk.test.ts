// CHAIN-8: an unmodified cess-js-sdk-nodejs, the SDK of the existing chain, connects, reads and signs. It bundles
// @polkadot/api 10, which knows no newer transaction extensions. Calls for buckets and files do not exist here.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CESS, createDeferred } from '@cess/primitives';
import sdk from 'cess-js-sdk-nodejs';
import { alice, bob, endowment, type LoneChain, startLoneChain } from './support/lone-chain.js';

describe('cess-js-sdk-nodejs', () => {
  let chain: LoneChain;
  let connection: Awaited<ReturnType<typeof sdk.InitAPI>>;

  before(async () => {
    chain = await startLoneChain();
    connection = await sdk.InitAPI({
      nodeURL: chain.endpoint,
      keyringOption: { type: 'sr25519', ss58Format: 11330 },
      ...{ gatewayURL: '', gatewayAddr: '' },
    });
  });
  after(async () => {
    await connection?.api.disconnect();
    await chain?.stop();
  });

  it('reads the height, balances and territories', async () => {
    const common = new sdk.Common(connection.api, connection.keyring);
    assert.equal(typeof (await common.queryBlockHeight()), 'number');
    const balance = createDeferred<{ free: number }>();
    const unsubscribe = (await common.subscribeBalance(bob.address, balance.resolve)) as () => void;
    assert.equal(BigInt((await balance.promise).free) * CESS, endowment);
    unsubscribe();
    const territories = await new sdk.Territory(connection.api, connection.keyring).queryMyTerritorys(alice.address);
    assert.deepEqual(territories, { msg: 'ok', data: [] });
  });

  it('authorizes a gateway and takes the right back', async () => {
    const authorize = new sdk.Authorize(connection.api, connection.keyring);
    assert.equal(((await authorize.authorize('//Alice', bob.address)) as { msg: string }).msg, 'ok');
    assert.deepEqual((await authorize.authorityList(alice.address)).data, [bob.address]);
    assert.equal(((await authorize.cancelAuthorize('//Alice', bob.address)) as { msg: string }).msg, 'ok');
    assert.deepEqual((await authorize.authorityList(alice.address)).data, []);
  });

  it('reports a call that the chain refuses: no provider has space for a territory', async () => {
    const territory = new sdk.Territory(connection.api, connection.keyring);
    await assert.rejects(territory.createTerritory('//Alice', 'mine', 1, 30) as Promise<unknown>, (thrown) => {
      assert.equal((thrown as { msg: string }).msg, 'dispatchError');
      return true;
    });
  });
});
