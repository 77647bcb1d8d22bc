// IFACE-1: the light client over a real node: it follows, reads with proofs, begins from checkpoints, and refuses what is old.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isCessError, systemTimers, toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { query } from '@cess/runtime/declarations';
import { authorityKey, receiver, sender, startBalance, startTestNode, type TestNode } from '../test-support/node.js';
import { encodeCheckpoint, type FinalizedBlock, LightClient, type LightTrust, parseCheckpoint } from './index.js';

describe('light client', () => {
  let test: TestNode;
  let trust: LightTrust;
  const open: LightClient[] = [];

  const connect = (changes: Partial<Parameters<typeof LightClient.over>[0]> = {}) => {
    const client = LightClient.over({ endpoint: test.node.rpcEndpoint, trust, ...changes });
    open.push(client);
    return client;
  };

  before(async () => {
    test = await startTestNode();
    const authorities = { setId: 0n, authorities: [{ key: authorityKey, weight: 1n }] };
    trust = { genesisHash: test.node.genesisHash, authorities };
    await eventually(() => test.node.heads().finalized.number >= 3, 'three finalized blocks');
  });
  after(async () => {
    for (const client of open) await client.stop();
    await test.remove();
  });

  it('IFACE-1: follows finality and reads present and absent values with proofs', async () => {
    const client = connect();
    const seen: FinalizedBlock[] = [];
    client.onStatus(({ finalized }) => finalized && seen.push(finalized));
    client.start();
    await eventually(() => seen.length >= 4, 'four finalized blocks');
    assert.deepEqual(
      seen.map(({ number }) => number),
      seen.map(({ number }) => number).toSorted((a, b) => a - b),
    );
    const { data } = await client.entry(query.System.Account, [sender.account]);
    assert.equal(data.free, startBalance);
    assert.deepEqual(await client.read([query.System.Account.key(receiver)]), [undefined]);
    const state = client.state();
    assert.equal(await state.value(query.System.Number), state.block.number);
    assert.equal(state.provenEntries, 1);
  });

  it('IFACE-1: learns the genesis from the proven state where none is given', async () => {
    const client = connect({ trust: { ...trust, genesisHash: undefined } });
    await client.sync();
    assert.deepEqual(client.genesisHash, test.node.genesisHash);
  });

  it('IFACE-1: goes on from a checkpoint and never behind it', async () => {
    const first = connect();
    const { number, hash } = await first.sync();
    const restored = parseCheckpoint(encodeCheckpoint(first.checkpoint()));
    assert.deepEqual(restored, { ...trust, finalized: { number, hash } });
    const second = connect({ trust: restored });
    assert.ok((await second.sync()).number >= number);
    const ahead = connect({ trust: { ...restored, finalized: { number: number + 1_000_000, hash } } });
    await assert.rejects(ahead.sync(), (error) => isCessError(error, 'LIGHT_HEAD_REWOUND'));
    const forked = connect({ trust: { ...restored, finalized: { number: number - 1, hash } } });
    await assert.rejects(forked.sync(), (error) => isCessError(error, 'LIGHT_FINALITY_CONFLICT'));
    await assert.rejects(second.authoritySetOf(number), (error) => isCessError(error, 'LIGHT_SET_UNKNOWN'));
    assert.deepEqual(await first.authoritySetOf(number), trust.authorities);
  });

  it('IFACE-1: refuses checkpoints that are none', () => {
    for (const text of ['', '{}', 'null', encodeCheckpoint(trust).replace('checkpoint/1', 'checkpoint/9')]) {
      assert.throws(
        () => parseCheckpoint(text),
        (error) => isCessError(error, 'LIGHT_CHECKPOINT_INVALID'),
      );
    }
    const short = encodeCheckpoint(trust).replaceAll(toHex(authorityKey), 'aa');
    assert.throws(
      () => parseCheckpoint(short),
      (error) => isCessError(error, 'LIGHT_CHECKPOINT_INVALID'),
    );
  });

  it('IFACE-1: refuses a newest block that is too old by the clock', async () => {
    const timers = { ...systemTimers, nowMs: () => systemTimers.nowMs() + 7_200_000 };
    const client = connect({ timers });
    await assert.rejects(client.sync(), (error) => isCessError(error, 'LIGHT_HEAD_OLD'));
    assert.equal(client.finalized, undefined);
    await assert.rejects(client.read([query.System.Number.key()]), (error) => isCessError(error, 'LIGHT_NOT_SYNCED'));
    const anyAge = connect({ timers, maxAgeMs: undefined });
    assert.ok((await anyAge.sync()).number > 0);
  });

  it('IFACE-1: a stopped client ends the calls that wait', async () => {
    const client = new LightClient({ trust, node: { call: () => new Promise(() => {}) } });
    client.start();
    const waiting = client.sync();
    const ended = assert.rejects(waiting, (error) => isCessError(error, 'RPC_CLOSED'));
    await client.stop();
    await ended;
  });
});
