// The RPC answers every malformed or excessive request with an error of the standard and stays up.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Socket } from 'node:net';
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
  maxConnections: 12,
  maxConnectionsPerClient: 8,
  maxBatch: 4,
  maxResponseBytes: 250_000,
  maxWatchedKeysPerConnection: 6,
  maxSubscriptionsPerConnection: 3,
  maxPendingPerConnection: 8,
  maxPendingBytes: 100_000,
  maxUnsentBytes: 8_000_000,
  maxUnsentBytesTotal: 16_000_000,
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
    assert.equal(await codeOf('{"id":1,"method":"x","params":5}'), -32600);
    assert.equal(await codeOf(request('chain_noSuchMethod')), -32601);
    assert.equal(await codeOf(request('__proto__')), -32601);
    assert.equal(await codeOf(request('chain_subscribeNewHeads')), -32601, 'no subscriptions over HTTP');
  });

  it('wrong parameters are named, not guessed', async () => {
    assert.equal(await codeOf(request('state_getStorage', 'nonsense')), -32602);
    assert.equal(await codeOf(request('state_getStorage', 5)), -32602);
    assert.equal(await codeOf(request('state_getStorage', '0x12', '0x12')), -32602);
    assert.equal(await codeOf(request('state_getStorage', '0x12', `0x${'11'.repeat(32)}`)), -32004);
    assert.equal(await codeOf(request('state_getKeysPaged', '0x', 5000)), -32602);
    assert.equal(await codeOf(request('chain_getBlockHash', -1)), -32602);
    assert.equal(await codeOf(request('chain_getBlockHash', 2 ** 32)), -32602, 'block numbers have 32 bits');
    assert.equal(await codeOf(request('payment_queryInfo', '0x1234')), -32602);
    assert.equal(await codeOf(request('state_call', 'BlockBuilder_finalize_block', '0x')), -32000);
    assert.equal(await codeOf(request('state_call', 'No_such', '0x')), -32601);
    assert.equal(await codeOf(request('state_call', 'AccountNonceApi_account_nonce', '0x00')), -32602);
    assert.equal(await codeOf(request('author_submitExtrinsic', '0x1234')), 1010);
    assert.equal(await codeOf(request('system_accountNextIndex', 'no address')), -32602);
  });

  it('hexadecimal is read as Substrate reads it: without prefix, without leading zero, and empty', async () => {
    const name = 'Metadata_metadata_versions';
    const answers = await Promise.all(['0x', ''].map((data) => rpc(node, 'state_call', name, data)));
    assert.ok(answers[0]?.result);
    assert.deepEqual(answers[1], answers[0]);
    const code = '3a636f6465';
    const { result } = await rpc(node, 'state_getStorage', `0x${code}`);
    assert.ok(result);
    assert.equal((await rpc(node, 'state_getStorage', code)).result, result);
    assert.equal((await rpc(node, 'state_getStorage', '0x123')).result, null);
  });

  it('ids are echoed exactly, null parameters are none, and named ones get an answer with their id', async () => {
    const textOf = async (body: string) =>
      (await fetch(node.rpcEndpoint.replace('ws', 'http'), { method: 'POST', body })).text();
    const name = JSON.stringify((await rpc(node, 'system_name')).result);
    const id = '18446744073709551615';
    const answer = `{"jsonrpc":"2.0","id":${id},"result":${name}}`;
    assert.equal(await textOf(`{"id":${id},"method":"system_name","params":null}`), answer);
    assert.equal(await textOf(`[{"id":${id},"method":"system_name","params":{}}]`), `[${answer}]`);
    const named =
      (await rpc(node, 'system_name')) &&
      JSON.parse(await textOf('{"id":7,"method":"chain_getHeader","params":{"hash":1}}'));
    assert.deepEqual([named.id, named.error.code], [7, -32602]);
    assert.equal(JSON.parse(await textOf('{"id":"a","method":5}')).id, 'a');
  });

  it('notifications are executed and not answered', async () => {
    const notification = '{"jsonrpc":"2.0","method":"system_name"}';
    const answer = await post(`[${notification},${request('system_name')},${notification}]`);
    assert.equal(((await answer.json()) as unknown[]).length, 1);
    const socket = await connect();
    try {
      socket.send(notification);
      const messages = await converse(socket, [request('system_name')]);
      assert.equal(messages.length, 1);
    } finally {
      socket.terminate();
    }
  });

  it('a response beyond the limit is an error, alone and as part of a batch', async () => {
    const block = request('state_getMetadata');
    assert.equal(await codeOf(block), undefined);
    assert.equal(await codeOf(`[${Array.from({ length: 4 }, () => block).join()}]`), -32011);
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

  it('a connection watches a bounded number of different keys', async () => {
    const socket = await connect();
    try {
      const watch = (...keys: string[]) => request('state_subscribeStorage', keys);
      const repeated = Array.from({ length: 100 }, () => '0x01');
      const answers = await converse(socket, [
        watch(...repeated),
        watch('0x02', '0x03', '0x04', '0x05', '0x06', '0x07'),
      ]);
      const received = answers.filter((each) => 'id' in each) as RpcAnswer[];
      assert.deepEqual(received.map(({ error }) => error?.code).sort(), [-32005, undefined]);
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

  it('idle connections of one client leave room for others', async () => {
    const sockets = Array.from({ length: 8 }, () =>
      new Socket().connect(Number(new URL(node.rpcEndpoint).port), '127.0.0.1'),
    );
    try {
      await Promise.all(sockets.map((socket) => once(socket, 'connect')));
      const ninth = new Socket().connect(Number(new URL(node.rpcEndpoint).port), '127.0.0.1');
      ninth.on('error', () => {});
      await once(ninth, 'close');
      const other = new Socket().connect({
        port: Number(new URL(node.rpcEndpoint).port),
        host: '127.0.0.1',
        localAddress: '127.0.0.2',
      });
      sockets.push(other);
      other.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n');
      const [data] = (await once(other, 'data')) as [Buffer];
      assert.match(String(data), /"ok"/);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});
