// The client against a real node: typed reads, gapless heads over a restart, verification without trust.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { headerHash } from '@cess/consensus';
import { CessError, createDeferred, fromHex, isCessError, silentLogger, toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { ChainClient, type ChainIdentity, query, verifyStorageAgainstFinality } from './index.js';
import type { OpenSocket } from './socket.js';
import { authorityKey, receiver, sender, startBalance, startTestNode, type TestNode } from './test-support/node.js';

describe('chain client', () => {
  let test: TestNode;
  let client: ChainClient;

  before(async () => {
    test = await startTestNode();
    client = await ChainClient.connect({ endpoint: test.node.rpcEndpoint, logger: silentLogger });
  });

  after(async () => {
    await client.close();
    await test.remove();
  });

  it('knows its chain and reads values, defaults and entries as the runtime declares them', async () => {
    assert.deepEqual(client.genesisHash, test.node.genesisHash);
    const account = await client.entry(query.System.Account, [sender.account]);
    assert.equal(account.data.free, startBalance);
    const nobody = await client.entry(query.System.Account, [receiver]);
    assert.equal(nobody.data.free, 0n);
    const accounts = new Map<string, bigint>();
    for await (const [[id], { data }] of client.entries(query.System.Account, [])) accounts.set(toHex(id), data.free);
    assert.equal(accounts.get(toHex(sender.account)), startBalance);
    assert.equal(typeof (await client.value(query.Timestamp.Now)), 'bigint');
  });

  it('reads the entries behind a key', async () => {
    const namesOf = async (behind?: Uint8Array) => {
      const names = [];
      for await (const [[id]] of client.entries(query.System.Account, [], undefined, behind)) names.push(toHex(id));
      return names;
    };
    const [first, ...rest] = await namesOf();
    assert.ok(first !== undefined && rest.length > 0);
    assert.deepEqual(await namesOf(query.System.Account.key(fromHex(first))), rest);
  });

  it('an unreachable node is reported in time', async () => {
    const attempt = ChainClient.connect({ endpoint: 'ws://127.0.0.1:1', logger: silentLogger, requestTimeoutMs: 300 });
    await assert.rejects(attempt, (thrown) => isCessError(thrown, 'RPC_TIMEOUT'));
  });

  it('a client with a remembered identity opens without the node', async () => {
    const { identity: remembered } = client;
    const away = await ChainClient.connect({ endpoint: 'ws://127.0.0.1:1', logger: silentLogger, remembered });
    assert.deepEqual([away.isConnected, away.identity], [false, remembered]);
    await away.close();
  });

  it('reads the identity again when the node is back, and a node of another chain is fatal', async () => {
    const { identity } = client;
    const { openSocket: openPlatformSocket } = await import('#socket');
    const openWith = async (remembered: ChainIdentity) => {
      const fatal = createDeferred<unknown>();
      let isBack = false;
      const openSocket: OpenSocket = (socket, listener) =>
        openPlatformSocket(isBack ? socket : { ...socket, endpoint: 'ws://127.0.0.1:1' }, listener);
      const { rpcEndpoint: endpoint } = test.node;
      const init = { endpoint, logger: silentLogger, remembered, openSocket, onFatal: fatal.resolve };
      const opened = await ChainClient.connect(init);
      isBack = true;
      return { opened, fatal: fatal.promise };
    };
    const upgraded = await openWith({ ...identity, runtime: { specVersion: 0, transactionVersion: 0 } });
    await eventually(() => upgraded.opened.runtime.specVersion !== 0, 'the present version is read');
    assert.deepEqual(upgraded.opened.identity, identity);
    await upgraded.opened.close();
    const other = await openWith({ ...identity, genesisHash: receiver });
    assert.ok(isCessError(await other.fatal, 'CHAIN_CHANGED'));
    await other.opened.close();
  });

  it('an error of the node keeps its code', async () => {
    await assert.rejects(client.call('no_suchMethod'), (thrown) => {
      return isCessError(thrown, 'RPC_ERROR') && thrown.data['rpcCode'] === -32601;
    });
  });

  it('STORE-5: a value is verified against a final header without trust in the node, present or absent', async () => {
    // Genesis is final without a justification.
    const first = createDeferred<Uint8Array>();
    const stop = client.followFinalized((_header, finalized) => first.resolve(finalized), { from: 1 });
    const hash = await first.promise;
    await stop();
    const { header, justification } = await client.block(hash);
    assert.ok(justification);
    const authorities = { setId: 0n, authorities: [{ key: authorityKey, weight: 1n }] };
    const key = query.System.Account.key(sender.account);
    const proof = await client.readProof([key], hash);
    const result = verifyStorageAgainstFinality({ key, proof, header, justification, authorities });
    assert.ok(result.ok && result.value.type === 'present');
    assert.equal(query.System.Account.decodeValue(result.value.value).data.free, startBalance);

    const otherKey = query.System.Account.key(receiver);
    const absence = await client.readProof([otherKey], hash);
    const absent = verifyStorageAgainstFinality({ key: otherKey, proof: absence, header, justification, authorities });
    assert.deepEqual(absent, { ok: true, value: { type: 'absent' } });

    const codeOf = (changes: object) => {
      const claim = verifyStorageAgainstFinality({ key, proof, header, justification, authorities, ...changes });
      return claim.ok ? undefined : claim.error.code;
    };
    assert.equal(codeOf({ proof: proof.slice(1) }), 'PROOF_INCOMPLETE');
    assert.equal(codeOf({ proof: absence }), 'PROOF_INCOMPLETE');
    assert.equal(codeOf({ header: { ...header, state_root: new Uint8Array(32) } }), 'JUSTIFICATION_INVALID');
    assert.equal(codeOf({ justification: justification.slice(1) }), 'JUSTIFICATION_INVALID');
    assert.equal(codeOf({ authorities: { ...authorities, setId: 1n } }), 'JUSTIFICATION_INVALID');
    const stranger = { setId: 0n, authorities: [{ key: receiver, weight: 1n }] };
    assert.equal(codeOf({ authorities: stranger }), 'JUSTIFICATION_INVALID');
  });

  it('finalized heads come in order and without gaps, also over a restart of the node', async () => {
    const numbers: number[] = [];
    const done = createDeferred<void>();
    let failures = 0;
    const restarted = createDeferred<void>();
    const stop = client.followFinalized(
      (header, hash) => {
        assert.deepEqual(headerHash(header), hash);
        if (numbers.length === 2 && failures++ === 0)
          throw new CessError('RPC_TIMEOUT', 'A failing callback sees the same block again.', {});
        numbers.push(header.number);
        if (numbers.length === 3) restarted.resolve();
        if (numbers.length >= 9) done.resolve();
      },
      { from: 1 },
    );
    await restarted.promise;
    await test.restart();
    await done.promise;
    await stop();
    assert.deepEqual(
      numbers,
      Array.from(numbers, (_, i) => i + 1),
    );
  });

  it('blocks whose state is pruned are skipped, and the follower is told after the next one', async () => {
    const seen: (number | 'gap')[] = [];
    const done = createDeferred<void>();
    const onHead = ({ number }: { readonly number: number }) => {
      if (number <= 3) throw new CessError('RPC_ERROR', 'The state is pruned.', { rpcCode: 4003 });
      seen.push(number);
      if (seen.length === 3) done.resolve();
    };
    const onGap = () => {
      seen.push('gap');
    };
    const stop = client.followFinalized(onHead, { from: 2, onGap });
    await done.promise;
    await stop();
    assert.deepEqual(seen.slice(0, 3), [4, 'gap', 5]);
  });
});
