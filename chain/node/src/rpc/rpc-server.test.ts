// The RPC answers every malformed or excessive request with an error of the standard and stays up.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { bytes as bytesCodecOf, Reader } from '@cess/codec';
import { justificationCodec, verifyJustification } from '@cess/consensus';
import { createEd25519Signer } from '@cess/crypto';
import { fromHex } from '@cess/primitives';
import { WebSocket } from 'ws';
import type { ChainNode } from '../index.js';
import {
  authoritySeed,
  devNode,
  type RpcAnswer,
  removeDirectory,
  rpc,
  temporaryDirectory,
  untilBlock,
} from '../test-support/dev-node.js';

const bytesCodec = bytesCodecOf();
const limits = {
  maxMessageBytes: 20_000,
  maxConnections: 8,
  maxBatch: 4,
  maxSubscriptionsPerConnection: 3,
  maxPendingPerConnection: 8,
  maxPendingBytes: 100_000,
  maxUnsentBytes: 8_000_000,
};

describe('RPC server', () => {
  const dataDir = temporaryDirectory();
  let node: ChainNode;

  before(async () => {
    node = devNode(dataDir, { rpcLimits: limits });
    await node.start();
  });

  after(async () => {
    await node.stop();
    removeDirectory(dataDir);
  });

  const post = async (body: string): Promise<{ status: number; json: () => Promise<unknown> }> => {
    const response = await fetch(node.rpcEndpoint.replace('ws', 'http'), { method: 'POST', body });
    return { status: response.status, json: () => response.json() };
  };
  const codeOf = async (body: string) => ((await (await post(body)).json()) as RpcAnswer).error?.code;
  const request = (method: string, ...params: unknown[]) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });

  const connect = async (): Promise<WebSocket> => {
    const socket = new WebSocket(node.rpcEndpoint);
    await once(socket, 'open');
    return socket;
  };
  /** Answers to these requests, by id, and all notifications that came in the meantime. */
  const converse = async (socket: WebSocket, texts: readonly string[]): Promise<Record<string, unknown>[]> => {
    const messages: Record<string, unknown>[] = [];
    const done = new Promise<void>((resolve) => {
      const onMessage = (data: unknown) => {
        messages.push(JSON.parse(String(data)) as Record<string, unknown>);
        if (messages.filter((message) => 'id' in message).length < texts.length) return;
        socket.off('message', onMessage);
        resolve();
      };
      socket.on('message', onMessage);
    });
    for (const text of texts) socket.send(text);
    await done;
    return messages;
  };

  it('malformed messages get the codes of JSON-RPC', async () => {
    assert.equal(await codeOf('{'), -32700);
    assert.equal(await codeOf('5'), -32600);
    assert.equal(await codeOf('[]'), -32600);
    assert.equal(await codeOf('{"id":1,"method":5}'), -32600);
    assert.equal(await codeOf('{"id":1,"method":"x","params":{}}'), -32600);
    assert.equal(await codeOf(request('chain_noSuchMethod')), -32601);
    assert.equal(await codeOf(request('__proto__')), -32601);
    assert.equal(await codeOf(request('chain_subscribeNewHeads')), -32601, 'no subscriptions over HTTP');
  });

  it('wrong parameters are named, not guessed', async () => {
    assert.equal(await codeOf(request('state_getStorage', 'nonsense')), -32602);
    assert.equal(await codeOf(request('state_getStorage', '0x123')), -32602);
    assert.equal(await codeOf(request('state_getStorage', '0x12', '0x12')), -32602);
    assert.equal(await codeOf(request('state_getStorage', '0x12', `0x${'11'.repeat(32)}`)), -32004);
    assert.equal(await codeOf(request('state_getKeysPaged', '0x', 5000)), -32602);
    assert.equal(await codeOf(request('chain_getBlockHash', -1)), -32602);
    assert.equal(await codeOf(request('state_call', 'No_such', '0x')), -32601);
    assert.equal(await codeOf(request('state_call', 'AccountNonceApi_account_nonce', '0x00')), -32602);
    assert.equal(await codeOf(request('author_submitExtrinsic', '0x1234')), 1010);
    assert.equal(await codeOf(request('system_accountNextIndex', 'no address')), -32602);
  });

  it('a batch is answered in order, an oversized one is refused', async () => {
    const one = request('system_name');
    assert.equal(((await (await post(`[${one},${one}]`)).json()) as unknown[]).length, 2);
    assert.equal(await codeOf(`[${Array.from({ length: 5 }, () => one).join()}]`), -32600);
  });

  it('an oversized message is refused before it is parsed', async () => {
    const large = request('state_getStorage', `0x${'00'.repeat(20_000)}`);
    assert.equal((await post(large)).status, 413);
    const socket = await connect();
    socket.on('error', () => {});
    socket.send(large);
    const [code] = (await once(socket, 'close')) as [number];
    assert.equal(code, 1009);
  });

  it('a connection has a bounded number of subscriptions, and ending one frees its slot', async () => {
    const socket = await connect();
    try {
      const subscribe = request('chain_subscribeAllHeads');
      const answers = (await converse(socket, [subscribe, subscribe, subscribe, subscribe])).filter((a) => 'id' in a);
      assert.equal(answers.filter(({ result }) => typeof result === 'string').length, 3);
      assert.equal((answers[3] as RpcAnswer).error?.code, -32005);
      const id = answers[0]!['result'];
      assert.equal(
        (await converse(socket, [request('chain_unsubscribeAllHeads', id)])).find((a) => 'id' in a)!['result'],
        true,
      );
      assert.equal(
        (await converse(socket, [request('chain_unsubscribeAllHeads', id)])).find((a) => 'id' in a)!['result'],
        false,
      );
      assert.equal(typeof (await converse(socket, [subscribe])).find((a) => 'id' in a)!['result'], 'string');
    } finally {
      socket.terminate();
    }
  });

  it('more requests than may be under way are answered all the same, only later', async () => {
    const socket = await connect();
    try {
      const texts = Array.from({ length: 100 }, (_, id) => JSON.stringify({ id, method: 'state_getMetadata' }));
      const ids = (await converse(socket, texts)).map(({ id }) => id);
      assert.deepEqual(
        ids,
        Array.from(texts, (_, id) => id),
      );
    } finally {
      socket.terminate();
    }
  });

  it('the answer with the id comes before the first notification', async () => {
    const socket = await connect();
    try {
      const [first] = await converse(socket, [request('state_subscribeRuntimeVersion')]);
      assert.ok(first && 'id' in first);
    } finally {
      socket.terminate();
    }
  });

  it('finality is proven over the wire, and every listed method exists', async () => {
    const { result } = await rpc(node, 'rpc_methods');
    const { methods } = result as { methods: string[] };
    for (const name of [
      'author_submitAndWatchExtrinsic',
      'chain_subscribeNewHead',
      'state_getReadProof',
      'grandpa_proveFinality',
    ]) {
      assert.ok(methods.includes(name), name);
    }
    for (const name of methods) assert.notEqual((await rpc(node, name)).error?.message, 'Method not found', name);
    await untilBlock(node, 1);
    const proof = await rpc(node, 'grandpa_proveFinality', 1);
    const bytes = fromHex(proof.result as string);
    const hash = fromHex((await rpc(node, 'chain_getBlockHash', 1)).result as string);
    assert.deepEqual(bytes.subarray(0, 32), hash);
    const justification = justificationCodec.decode(bytesCodec.read(new Reader(bytes.subarray(32))));
    const key = createEd25519Signer(authoritySeed).publicKey;
    const verified = verifyJustification(justification, { setId: 0n, authorities: [{ key, weight: 1n }] });
    assert.deepEqual(verified, { ok: true, value: { hash, number: 1 } });
    assert.equal((await rpc(node, 'grandpa_proveFinality', 1_000_000)).result, null);
  });

  it('health is answered without JSON-RPC', async () => {
    const response = await fetch(`${node.rpcEndpoint.replace('ws', 'http')}/health`);
    assert.deepEqual(await response.json(), { status: 'ok' });
  });
});
