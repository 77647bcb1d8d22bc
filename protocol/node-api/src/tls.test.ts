// The clients and the server of nodes over TLS: what is pooled, what is refused, and what strangers on the way can do.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { createEd25519Signer, systemRng } from '@cess/crypto';
import { CessError, isCessError, silentLogger } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { createNodeCertificate, identityOf } from '@cess/tls';
import fc from 'fast-check';
import { NodeServer, type NodeServerInit, ProviderClient, type ServerNames, sendJson } from './index.js';

const signer = createEd25519Signer(new Uint8Array(32).fill(1));
const node = createEd25519Signer(new Uint8Array(32).fill(2));
const stranger = createEd25519Signer(new Uint8Array(32).fill(3));
const body = new Uint8Array(300_000).map((_, at) => at % 251);
const listenError = (message: string) => new CessError('ABORTED', message);
const names: ServerNames = {
  name: 'server',
  portInUse: listenError,
  listen: listenError,
  busy: 'ABORTED',
  internal: 'ABORTED',
  statusOfCode: {},
};

describe('DATA-13: nodes over TLS', () => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  interface Served {
    readonly server: NodeServer;
    readonly port: number;
    readonly endpoint: string;
    readonly requests: IncomingMessage[];
  }

  async function serve(change: Partial<NodeServerInit> = {}): Promise<Served> {
    const requests: IncomingMessage[] = [];
    const handle = async (message: IncomingMessage, response: ServerResponse) => {
      requests.push(message);
      for await (const _chunk of message);
      if (message.url === '/v1/status') return sendJson(response, 200, { nodeKey: 'x' });
      response.writeHead(200, { 'content-length': body.length }).end(body);
    };
    const server = new NodeServer(
      {
        ...{ host: '127.0.0.1', port: 0, maxRequests: 16, stallTimeoutMs: 5_000, logger: silentLogger, handle },
        ...{ identity: identityOf(node), isTlsOnLoopback: true, nowMs: Date.now, ...change },
      },
      names,
    );
    const { port, endpoint } = await server.listen();
    cleanups.push(() => server.close());
    return { server, port, endpoint, requests };
  }

  function clientOf(maxSocketsPerProvider = 2): ProviderClient {
    const account = new Uint8Array(32).fill(5);
    const client = new ProviderClient({
      signer,
      account,
      nowMs: Date.now,
      stallTimeoutMs: 2_000,
      maxSocketsPerProvider,
    });
    cleanups.push(() => client.close());
    return client;
  }

  async function listen(server: Server): Promise<number> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return (server.address() as AddressInfo).port;
  }

  const provider = (endpoint: string, nodeKey = node.publicKey) => ({ endpoint, nodeKey });
  const read = async (client: ProviderClient, address: ReturnType<typeof provider>) => {
    const target = new Uint8Array(body.length);
    await client.readFragment(address, new Uint8Array(32), 0, target);
    return target;
  };
  const isUntrusted = (error: unknown) => isCessError(error, 'TLS_NODE_UNTRUSTED');
  const isUnreachable = (error: unknown) => isCessError(error, 'PROVIDER_UNREACHABLE');

  it('calls and bulk reads go over connections that are kept', async () => {
    const { endpoint, requests } = await serve();
    assert.match(endpoint, /^https:/);
    const client = clientOf();
    for (let count = 0; count < 3; count++) {
      await client.status(provider(endpoint));
      assert.deepEqual(await read(client, provider(endpoint)), body);
    }
    const sockets = new Set(requests.map(({ socket }) => socket));
    assert.deepEqual([requests.length, sockets.size], [6, 2]);
    assert.ok(requests.every(({ headers }) => headers.host === new URL(endpoint).host));
  });

  it('at most as many connections are open as the client may have, also while they begin', async () => {
    const { endpoint, requests } = await serve();
    const client = clientOf(2);
    await Promise.all(Array.from({ length: 12 }, () => client.status(provider(endpoint))));
    await Promise.all(Array.from({ length: 12 }, () => read(client, provider(endpoint))));
    assert.equal(requests.length, 24);
    assert.ok(new Set(requests.map(({ socket }) => socket)).size <= 4);
  });

  it('a provider without the key of the record gets no request', async () => {
    const { endpoint, requests } = await serve({ identity: identityOf(stranger) });
    const client = clientOf();
    await assert.rejects(client.status(provider(endpoint)), isUntrusted);
    await assert.rejects(read(client, provider(endpoint)), isUntrusted);
    assert.deepEqual(requests, []);
  });

  it('a connection that is kept for one key carries nothing for another', async () => {
    const { endpoint, requests } = await serve();
    const client = clientOf();
    await client.status(provider(endpoint));
    await read(client, provider(endpoint));
    await assert.rejects(client.status(provider(endpoint, stranger.publicKey)), isUntrusted);
    await assert.rejects(read(client, provider(endpoint, stranger.publicKey)), isUntrusted);
    assert.equal(requests.length, 2);
  });

  it('a man in the middle with a certificate of his own gets no request', async () => {
    const { port, requests } = await serve();
    const own = await createNodeCertificate(identityOf(stranger), Date.now() - 60_000, Date.now() + 60_000);
    let relayed = 0;
    const relay = createTlsServer({ cert: own.certificate, key: own.key }, (socket) => {
      relayed++;
      socket.on('error', () => {});
      socket.pipe(connect(port, '127.0.0.1').on('error', () => {})).pipe(socket);
    });
    relay.on('tlsClientError', () => {});
    const endpoint = `https://127.0.0.1:${await listen(relay)}`;
    const client = clientOf();
    await assert.rejects(client.status(provider(endpoint)), isUntrusted);
    await assert.rejects(read(client, provider(endpoint)), isUntrusted);
    assert.deepEqual([relayed, requests.length], [0, 0]);
  });

  it('a relay that passes TLS through changes nothing', async () => {
    const { port, requests } = await serve();
    const relay = createServer((socket) => {
      socket.pipe(connect(port, '127.0.0.1').on('error', () => {})).pipe(socket);
    });
    const endpoint = `https://127.0.0.1:${await listen(relay)}`;
    assert.deepEqual(await read(clientOf(), provider(endpoint)), body);
    assert.equal(requests.length, 1);
  });

  it('one that answers an https endpoint in plain HTTP reads nothing', async () => {
    let received = Buffer.alloc(0);
    const plain = createServer((socket) => {
      socket.on('data', (bytes: Buffer) => {
        received = Buffer.concat([received, bytes]);
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
      });
    });
    const endpoint = `https://127.0.0.1:${await listen(plain)}`;
    const client = clientOf();
    await assert.rejects(client.status(provider(endpoint)), isUnreachable);
    await assert.rejects(read(client, provider(endpoint)), isUnreachable);
    assert.equal(received.includes('cess-audience'), false);
  });

  it('plain HTTP on another machine is not even connected to', async () => {
    const client = clientOf();
    for (const endpoint of ['http://192.0.2.1:9100', 'http://[2001:db8::1]:9100', 'http://node.example:9100']) {
      await assert.rejects(client.status(provider(endpoint)), (error) => isCessError(error, 'TLS_REQUIRED'));
      await assert.rejects(read(client, provider(endpoint)), (error) => isCessError(error, 'TLS_REQUIRED'));
    }
  });

  it('a server on any host but loopback speaks TLS whatever its configuration says', async () => {
    const { port, endpoint } = await serve({ host: '0.0.0.0', isTlsOnLoopback: false });
    assert.equal(endpoint, `https://0.0.0.0:${port}`);
    assert.deepEqual(await read(clientOf(), provider(`https://127.0.0.1:${port}`)), body);
    await assert.rejects(clientOf().status(provider(`http://127.0.0.1:${port}`)), isUnreachable);
  });

  it('a server refuses an endpoint that others cannot use', async () => {
    const isScheme = (error: unknown) => isCessError(error, 'ENDPOINT_SCHEME');
    await assert.rejects(serve({ endpoint: 'http://127.0.0.1:1' }), isScheme);
    await assert.rejects(serve({ isTlsOnLoopback: false, endpoint: 'https://192.0.2.1:1' }), isScheme);
    await assert.rejects(serve({ isTlsOnLoopback: false, endpoint: 'http://192.0.2.1:1' }), isScheme);
  });

  it('the server stays alive and serves after any bytes in place of a handshake', async () => {
    const { port, endpoint, server } = await serve();
    const client = clientOf();
    const hello = await capturedHello(port);
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      // A handshake that is changed in a few places, or ends early.
      fc
        .tuple(
          fc.array(fc.tuple(fc.nat(hello.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
          fc.integer({ min: 1, max: hello.length }),
        )
        .map(([changes, length]) => {
          const changed = Uint8Array.from(hello);
          for (const [at, value] of changes) changed[at] = value;
          return changed.subarray(0, length);
        }),
    );
    await fc.assert(
      fc.asyncProperty(garbage, async (bytes) => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => {});
        await once(socket, 'connect');
        socket.resume();
        await new Promise<void>((resolve) => {
          socket.on('close', () => resolve());
          socket.end(bytes, () => socket.destroy());
        });
      }),
      { numRuns: 300 },
    );
    assert.deepEqual(await read(client, provider(endpoint)), body);
    await server.close();
  });

  it('handshakes that never end take half of the places of their address, and others are served', async () => {
    const { port, endpoint } = await serve({ maxRequests: 2 });
    const sockets: Socket[] = [];
    let closed = 0;
    for (let count = 0; count < 40; count++) {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('close', () => closed++);
      socket.write(systemRng.bytes(3));
    }
    cleanups.push(() => sockets.forEach((socket) => void socket.destroy()));
    await eventually(
      () => closed >= 32,
      () => `${closed} of 40 handshakes that never end are closed`,
    );
    const other = new URL(endpoint);
    const relay = createServer((socket) => {
      socket
        .pipe(connect({ port, host: other.hostname, localAddress: '127.0.0.2' }).on('error', () => {}))
        .pipe(socket);
    });
    assert.deepEqual(await read(clientOf(), provider(`https://127.0.0.1:${await listen(relay)}`)), body);
  });

  /** The first flight of a client. */
  async function capturedHello(port: number): Promise<Uint8Array> {
    let first: Buffer | undefined;
    const relay = createServer((socket) => {
      const onward = connect(port, '127.0.0.1').on('error', () => {});
      socket.on('data', (bytes: Buffer) => {
        first ??= Buffer.from(bytes);
        onward.write(bytes);
      });
      onward.pipe(socket);
    });
    const endpoint = `https://127.0.0.1:${await listen(relay)}`;
    await read(clientOf(), provider(endpoint));
    assert.ok(first !== undefined);
    return first;
  }
});
