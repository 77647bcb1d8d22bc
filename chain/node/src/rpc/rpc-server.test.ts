// The RPC answers every malformed or excessive request with an error of the standard and stays up.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
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
import { methodsWithParameters } from './parameter-names.js';

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
    assert.equal(await codeOf('{"jsonrpc":"2.0","id":1,"method":5}'), -32600);
    assert.equal(await codeOf('{"jsonrpc":"2.0","id":1,"method":"x","params":5}'), -32600);
    assert.equal(await codeOf('{"jsonrpc":"1.0","id":1,"method":"system_name"}'), -32600);
    assert.equal(await codeOf('{"id":1,"method":"system_name"}'), -32600);
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

  const textOf = async (body: string) =>
    (await fetch(node.rpcEndpoint.replace('ws', 'http'), { method: 'POST', body })).text();

  it('ids are echoed exactly, and null parameters are none', async () => {
    const name = JSON.stringify((await rpc(node, 'system_name')).result);
    for (const id of ['18446744073709551615', '-1.50e3', '"a\\u0062"', '""', 'null']) {
      const answer = `{"jsonrpc":"2.0","id":${id.replace('\\u0062', 'b')},"result":${name}}`;
      assert.equal(await textOf(`{"jsonrpc":"2.0","id":${id},"method":"system_name","params":null}`), answer);
      assert.equal(await textOf(`[{"jsonrpc":"2.0","id":${id},"method":"system_name","params":{}}]`), `[${answer}]`);
    }
    assert.equal(JSON.parse(await textOf('{"jsonrpc":"2.0","id":"a","method":5}')).id, 'a');
    assert.equal(JSON.parse(await textOf('{"jsonrpc":"2.0","id":[1],"method":"system_name"}')).id, null);
  });

  it('parameters may be passed by name, in the names of Substrate and in any order', async () => {
    const named = async (method: string, params: unknown) =>
      JSON.parse(await textOf(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))) as RpcAnswer;
    const genesis = (await rpc(node, 'chain_getBlockHash', 0)).result;
    const keys = { count: 2, prefix: '0x', hash: genesis };
    const listed = await rpc(node, 'state_getKeysPaged', '0x', 2, null, genesis);
    assert.deepEqual(await named('state_getKeysPaged', keys), listed);
    const [first] = listed.result as string[];
    assert.deepEqual(
      await named('state_getKeysPaged', { ...keys, start_key: first }),
      await named('state_getKeysPaged', { ...keys, startKey: first }),
    );
    assert.deepEqual(await named('chain_getHeader', {}), await rpc(node, 'chain_getHeader'));
    for (const [method, params] of [
      ['chain_getHeader', { block: 1 }],
      ['system_name', { any: 1 }],
      ['state_getKeysPaged', { ...keys, startKey: first, start_key: first }],
      ['state_call', { __proto__: null, constructor: 1 }],
      ['state_getKeysPaged', { prefix: '0x' }],
    ] as const) {
      assert.equal((await named(method, params)).error?.code, -32602, `${method} ${JSON.stringify(params)}`);
    }
  });

  it('the examples of the JSON-RPC 2.0 specification are answered as it says', async () => {
    const invalid = { jsonrpc: '2.0', error: { code: -32600, message: 'Invalid Request' }, id: null };
    assert.deepEqual(JSON.parse(await textOf('{"jsonrpc": "2.0", "method": 1, "params": "bar"}')), invalid);
    assert.deepEqual(JSON.parse(await textOf('[1,2,3]')), [invalid, invalid, invalid]);
    const batch = await textOf(
      `[{"jsonrpc":"2.0","method":"system_name","id":"1"},{"jsonrpc":"2.0","method":"system_name"},
        {"foo":"boo"},{"jsonrpc":"2.0","method":"foo.get","params":{"name":"myself"},"id":"5"}]`,
    );
    const ids = (JSON.parse(batch) as { id: unknown; error?: { code: number } }[]).map(({ id, error }) => [
      id,
      error?.code,
    ]);
    assert.deepEqual(ids, [
      ['1', undefined],
      [null, -32600],
      ['5', -32601],
    ]);
    const notifications = await post('[{"jsonrpc":"2.0","method":"system_name"},{"jsonrpc":"2.0","method":"foo"}]');
    assert.equal(notifications.status, 204);
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
    const code = Array.from({ length: 1400 }, () => '3a636f6465');
    assert.equal(await codeOf(request('state_queryStorageAt', code.slice(0, 100))), undefined);
    assert.equal(await codeOf(request('state_queryStorageAt', code)), -32008);
    const metadata = request('state_getMetadata');
    assert.equal(await codeOf(metadata), undefined);
    assert.equal(await codeOf(`[${Array.from({ length: 4 }, () => metadata).join()}]`), -32011);
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
      const texts = Array.from({ length: 100 }, (_, id) =>
        JSON.stringify({ jsonrpc: '2.0', id, method: 'state_getMetadata' }),
      );
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
    for (const name of methodsWithParameters) assert.ok(methods.includes(name), name);
    assert.deepEqual(documentedMethods(), methods);
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

  it('CHAIN-3: a node without a peer-to-peer network says so, and a role that there is not is refused', async () => {
    assert.equal((await rpc(node, 'cess_networkRecords', 'provider')).result, null);
    for (const role of ['miner', 'toString', 1]) {
      assert.equal((await rpc(node, 'cess_networkRecords', role)).error?.code, -32602, String(role));
    }
  });

  it('pages of other origins reach nothing, and those on this machine everything', async () => {
    const url = node.rpcEndpoint.replace('ws', 'http');
    const body = request('system_name');
    const own = 'http://localhost:5173';
    const allowed = await fetch(url, { method: 'POST', body, headers: { origin: own } });
    assert.deepEqual([allowed.status, allowed.headers.get('access-control-allow-origin')], [200, own]);
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin: own } });
    assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-origin')], [204, own]);
    for (const method of ['POST', 'OPTIONS']) {
      const headers = { origin: 'https://stranger.example' };
      const refused = await fetch(url, { method, headers, ...(method === 'POST' ? { body } : {}) });
      assert.deepEqual([refused.status, refused.headers.get('access-control-allow-origin')], [403, null]);
    }
    const page = new WebSocket(node.rpcEndpoint, { origin: own });
    await once(page, 'open');
    page.terminate();
    const stranger = new WebSocket(node.rpcEndpoint, { origin: 'https://stranger.example' });
    const [error] = (await once(stranger, 'error')) as [Error];
    assert.match(error.message, /403/);
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

/** Those of the table in the operations page. */
function documentedMethods(): string[] {
  const text = readFileSync(new URL('../../../../docs/operations/chain-rpc.md', import.meta.url), 'utf8');
  const [, table = ''] = /^## Methods\n([\s\S]*?)^## /m.exec(text) ?? [];
  const cells = [...table.matchAll(/^\| ([^|]*) \|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([a-z]+_\w+)`/g)].map(([, name = '']) => name)).sort();
}
