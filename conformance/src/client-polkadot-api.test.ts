// CHAIN-8: an unmodified polkadot-api works against the node. It asks for the methods of the new RPC specification, finds none,
// and uses the older ones through its own middleware, which sends `state_call` with "" for empty bytes.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CESS, present } from '@cess/primitives';
import { validateProofs } from '@polkadot-api/substrate-bindings';
import { createClient, type PolkadotClient } from 'polkadot-api';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { getWsProvider } from 'polkadot-api/ws';
import { WebSocket } from 'ws';
import { alice, bob, endowment, type LoneChain, startLoneChain } from './support/lone-chain.js';

interface AccountInfo {
  readonly nonce: number;
  readonly data: { readonly free: bigint };
}

describe('polkadot-api', () => {
  let chain: LoneChain;
  let client: PolkadotClient;
  const signer = getPolkadotSigner(alice.publicKey, 'Sr25519', (bytes) => alice.sign(bytes));
  const api = () => client.getUnsafeApi();
  const stored = (item: string) => present(api().query.System?.[item], item);
  const account = async (address: string) => (await stored('Account').getValue(address)) as AccountInfo;
  const transfer = (value: bigint) =>
    present(api().tx.Balances?.transfer_keep_alive, 'the call')({ dest: { type: 'Id', value: bob.address }, value });

  before(async () => {
    chain = await startLoneChain();
    client = createClient(getWsProvider(chain.endpoint, { websocketClass: WebSocket as never }));
  });
  after(async () => {
    client?.destroy();
    await chain?.stop();
  });

  it('connects, and shows the properties, the runtime version and constants', async () => {
    const { properties, genesisHash } = await client.getChainSpecData();
    assert.deepEqual(properties, { ss58Format: 11330, tokenDecimals: 18, tokenSymbol: 'CESS' });
    assert.equal(await client._request<string, [number]>('chain_getBlockHash', [0]), genesisHash);
    const version = await api().apis.Core?.version?.();
    assert.equal((version as { spec_name: string }).spec_name, 'cess');
    assert.equal(typeof (await api().constants.Balances?.ExistentialDeposit?.()), 'bigint');
  });

  it('reads storage: a value, an absent value, and all entries', async () => {
    assert.equal((await account(bob.address)).data.free, endowment);
    assert.equal(await stored('BlockHash').getValue(4_000_000), `0x${'00'.repeat(32)}`);
    const entries = await stored('Account').getEntries();
    const addresses = entries.map(({ keyArgs }) => keyArgs[0]);
    assert.ok(addresses.includes(alice.address) && addresses.includes(bob.address));
  });

  it('its own checker accepts a read proof, and the proof does not hold for another state', async () => {
    const { hash } = await client.getFinalizedBlock();
    const key = await stored('Account').getKey(alice.address);
    const { proof } = await client._request<{ proof: string[] }, [string[], string]>('state_getReadProof', [
      [key],
      hash,
    ]);
    const { stateRoot } = await client.getBlockHeader(hash);
    assert.equal(validateProofs(proof)?.rootHash, stateRoot);
    assert.notEqual(validateProofs(proof.slice(1))?.rootHash, stateRoot);
  });

  it('estimates the fee that a transfer then pays, and reports it in its events when it is final', async () => {
    const before = (await account(bob.address)).data.free;
    const tx = transfer(5n * CESS);
    const estimate = await tx.getEstimatedFees(alice.address);
    const { ok, events } = await tx.signAndSubmit(signer);
    assert.equal(ok, true);
    const values = events.map(({ value }) => value as { type: string; value: { actual_fee?: bigint } });
    assert.equal(values.find(({ type }) => type === 'TransactionFeePaid')?.value.actual_fee, estimate);
    assert.equal((await account(bob.address)).data.free, before + 5n * CESS);
    assert.equal((await account(alice.address)).nonce, 1);
  });

  it('reports a failing dispatch by its name', async () => {
    const { ok, dispatchError } = await transfer(10n * endowment).signAndSubmit(signer);
    assert.equal(ok, false);
    assert.deepEqual(dispatchError, { type: 'Token', value: { type: 'FundsUnavailable', value: undefined } });
  });

  it('watches a value and follows finalized blocks', async () => {
    const numbers = await taken(3, (next) => {
      const values = stored('Number').watchValue({ at: 'best' });
      return values.subscribe(({ value }) => next(value as number));
    });
    const final = await taken(3, (next) => client.finalizedBlock$.subscribe(({ number }) => next(number)));
    for (const [first = 0, ...rest] of [numbers, final]) {
      assert.deepEqual(rest, [first + 1, first + 2]);
    }
  });
});

/** The first values that `subscribe` passes on; it then unsubscribes. */
async function taken(
  count: number,
  subscribe: (next: (value: number) => void) => { unsubscribe(): void },
): Promise<number[]> {
  const values: number[] = [];
  let subscription: { unsubscribe(): void } | undefined;
  await new Promise<void>((resolve) => {
    subscription = subscribe((value) => {
      if (values.push(value) === count) resolve();
    });
  });
  subscription?.unsubscribe();
  return values.slice(0, count);
}
