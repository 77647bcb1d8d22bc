// The client against providers that misbehave on real sockets: every call ends with a coded error, in time, and no byte
// of a body is sent after its call has failed.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createEd25519Signer } from '@cess/crypto';
import { type CessError, type ErrorCode, isCessError } from '@cess/primitives';
import { maxJsonBodyBytes, ProviderClient, ReplayGuard, verifyRequest } from './index.js';

const signer = createEd25519Signer(new Uint8Array(32).fill(1));
const node = createEd25519Signer(new Uint8Array(32).fill(2));
const place = { orderId: new Uint8Array(32), segment: 0, fragment: 3 };
const root = new Uint8Array(32).fill(9);

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

describe('provider client', () => {
  let server: Server;
  let client: ProviderClient;
  let handler: Handler;
  const provider = () => ({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    nodeKey: node.publicKey,
  });

  before(async () => {
    server = createServer((request, response) => handler(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  beforeEach(() => {
    client?.close();
    client = new ProviderClient({
      signer,
      account: new Uint8Array(32).fill(5),
      nowMs: Date.now,
      stallTimeoutMs: 300,
    });
  });
  after(async () => {
    client.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const json =
    (status: number, value: unknown): Handler =>
    (request, response) => {
      request.resume();
      request.on('end', () => {
        const body = typeof value === 'string' ? value : JSON.stringify(value);
        response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
        response.end(body);
      });
    };
  async function refuses<Code extends ErrorCode>(code: Code, act: Promise<unknown>): Promise<CessError<Code>> {
    let caught: unknown;
    await act.catch((error: unknown) => {
      caught = error;
    });
    assert.ok(isCessError(caught, code), `${code} instead of ${String(caught)}`);
    return caught;
  }
  const read = (length = 10) => client.readFragment(provider(), root, 100, new Uint8Array(length));

  it('signs what it sends: the server verifies it as it stands', async () => {
    const guard = new ReplayGuard(600);
    let verified: unknown;
    handler = (request, response) => {
      const headers = request.headers as Record<string, string>;
      const result = verifyRequest(
        { method: request.method!, path: request.url!, query: '', headers },
        { audience: node.publicKey, nowMs: Date.now(), replayGuard: guard },
      );
      verified = result.ok ? result.value : result.error;
      json(200, { until: 7, signature: 'ab'.repeat(64) })(request, response);
    };
    const attestation = await client.attestHoldings(provider(), []);
    assert.deepEqual([attestation.until, attestation.signature.length], [7, 64]);
    assert.deepEqual(verified, signer.publicKey);
  });

  it('reads exactly the range into its target', async () => {
    handler = (request, response) => {
      assert.equal(request.headers.range, 'bytes=100-109');
      response.writeHead(206, { 'content-length': 10 });
      response.end('0123456789');
    };
    const target = new Uint8Array(10);
    await client.readFragment(provider(), root, 100, target);
    assert.equal(Buffer.from(target).toString(), '0123456789');
  });

  const bodies: readonly (readonly [string, ErrorCode, Handler])[] = [
    ['more bytes than asked for', 'PROVIDER_BAD_RESPONSE', (_, response) => void response.end('x'.repeat(100_000))],
    [
      'a body of unannounced length',
      'PROVIDER_BAD_RESPONSE',
      (_, response) => {
        response.writeHead(206);
        response.end('0123456789');
      },
    ],
    ['fewer bytes than asked for', 'PROVIDER_BAD_RESPONSE', (_, response) => void response.end('x')],
    ['no answer at all', 'PROVIDER_STALLED', () => {}],
    [
      'an answer that stops in the middle',
      'PROVIDER_UNREACHABLE',
      (_, response) => {
        response.writeHead(206, { 'content-length': 10 });
        response.write('123');
        setImmediate(() => response.destroy());
      },
    ],
    ['a cut connection', 'PROVIDER_UNREACHABLE', (request) => void request.socket.destroy()],
    ['bytes that are no HTTP', 'PROVIDER_UNREACHABLE', (request) => void request.socket.end('garbage\r\n\r\n')],
    ['an error', 'PROVIDER_REFUSED', json(404, { code: 'FRAGMENT_NOT_FOUND', message: 'gone' })],
    ['an error without sense', 'PROVIDER_REFUSED', json(500, 'null')],
    ['a redirect', 'PROVIDER_REFUSED', (_, response) => void response.writeHead(302, { location: 'http://x/' }).end()],
  ];
  for (const [name, code, behaviour] of bodies) {
    it(`${name} to a read is ${code}`, async () => {
      handler = behaviour;
      await refuses(code, read());
    });
  }

  it('an answer that stalls in the middle ends in time', async () => {
    handler = (_, response) => {
      response.writeHead(206, { 'content-length': 10 });
      response.write('123');
    };
    const error = await refuses('PROVIDER_STALLED', read());
    assert.match(error.message, /stopped answering/);
  });

  it('what the provider says of its refusal is kept', async () => {
    handler = json(409, { code: 'NOT_HELD', message: 'no' });
    const error = await refuses('PROVIDER_REFUSED', read());
    assert.deepEqual([error.data.status, error.data.providerCode], [409, 'NOT_HELD']);
  });

  const answers: readonly (readonly [string, unknown])[] = [
    ['no JSON', 'hello'],
    ['null', 'null'],
    ['a number', 5],
    ['an empty object', {}],
    ['a list', []],
    ['a signature without its last block', { signature: 'ab'.repeat(64) }],
    ['fields of other types', { signature: 5, receipt: 'x', expirySeconds: 'soon' }],
    ['an oversized document', `"${'x'.repeat(maxJsonBodyBytes)}"`],
  ];
  for (const [name, answer] of answers) {
    it(`${name} as an answer is refused with a code by every call`, async () => {
      handler = json(200, answer);
      await refuses('PROVIDER_BAD_RESPONSE', client.attestHoldings(provider(), []));
      await refuses('PROVIDER_BAD_RESPONSE', client.renew(provider(), []));
      await assert.rejects(client.putFragment(provider(), place, root, [new Uint8Array(10)]), (error: unknown) =>
        isCessError(error, 'PROVIDER_BAD_RESPONSE', 'RECEIPT_MALFORMED'),
      );
    });
  }

  it('an abort ends a call at once', async () => {
    handler = () => {};
    const controller = new AbortController();
    const call = client.readFragment(provider(), root, 0, new Uint8Array(1), controller.signal);
    controller.abort();
    await refuses('PROVIDER_UNREACHABLE', call);
    await refuses(
      'PROVIDER_UNREACHABLE',
      client.readFragment(provider(), root, 0, new Uint8Array(1), AbortSignal.abort()),
    );
  });

  it('a provider that is not there is PROVIDER_UNREACHABLE', async () => {
    const gone = { endpoint: 'http://127.0.0.1:1', nodeKey: node.publicKey };
    await refuses('PROVIDER_UNREACHABLE', client.readFragment(gone, root, 0, new Uint8Array(1)));
    for (const endpoint of ['https://127.0.0.1:1', 'nowhere', 'http://:/']) {
      const nowhere = { endpoint, nodeKey: node.publicKey };
      await refuses('PROVIDER_UNREACHABLE', client.readFragment(nowhere, root, 0, new Uint8Array(1)));
    }
  });

  it('a call over a kept-alive connection that the provider has closed is repeated over a new one', async () => {
    const used = new Set<unknown>();
    const nonces = new Set<unknown>();
    let connections = 0;
    handler = (request, response) => {
      assert.ok(!nonces.has(request.headers['signature']), 'a repeated call is signed anew');
      nonces.add(request.headers['signature']);
      if (used.has(request.socket)) return void request.socket.destroy();
      used.add(request.socket);
      connections++;
      if (request.method !== 'GET') return json(200, { expirySeconds: 7 })(request, response);
      response.writeHead(206, { 'content-length': 10 });
      response.end('0123456789');
    };
    for (const _ of [1, 2, 3]) assert.equal(await client.renew(provider(), []), 7);
    assert.equal(connections, 3);
    for (const _ of [1, 2, 3]) await read();
    assert.equal(connections, 6);
  });

  it('a provider that closes every connection without an answer is asked twice at most', async () => {
    let requests = 0;
    handler = json(200, { expirySeconds: 7 });
    await client.renew(provider(), []);
    handler = (request) => {
      requests++;
      request.socket.destroy();
    };
    await refuses('PROVIDER_UNREACHABLE', client.renew(provider(), []));
    assert.equal(requests, 2);
  });

  it('a success that comes before the body was sent waits for it; the memory is then free', async () => {
    let received = 0;
    const early = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (first: Buffer) => {
        received = first.length;
        socket.pause();
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
        setTimeout(() => {
          socket.on('data', (chunk: Buffer) => {
            received += chunk.length;
          });
          socket.resume();
        }, 100);
      });
    });
    early.listen(0, '127.0.0.1');
    await once(early, 'listening');
    const address = { ...provider(), endpoint: `http://127.0.0.1:${(early.address() as AddressInfo).port}` };
    const size = 32_000_000;
    // What both ends of a connection may hold, by the defaults of Linux twice over.
    const systemBuffers = 20_000_000;
    // On a machine that is busy the pause of the server is longer.
    const patient = new ProviderClient({
      signer,
      account: new Uint8Array(32).fill(5),
      nowMs: Date.now,
      stallTimeoutMs: 20_000,
    });
    try {
      await assert.rejects(patient.putFragment(address, place, root, [new Uint8Array(size)]), {
        code: 'RECEIPT_MALFORMED',
      });
      assert.ok(received > size - systemBuffers, 'only what the system buffers is still on its way');
    } finally {
      patient.close();
      early.close();
    }
  });

  it('a refusal before the body was sent ends the sending: its memory may be used for something else', async () => {
    const received: Buffer[] = [];
    let ended!: () => void;
    const closed = new Promise<void>((resolve) => {
      ended = resolve;
    });
    handler = (request, response) => {
      request.on('error', () => {});
      request.socket.on('close', ended);
      response.writeHead(503, { 'content-length': 2 });
      response.end('{}');
      // Read on slowly, as a spy would.
      setTimeout(() => request.on('data', (chunk: Buffer) => received.push(chunk)), 100);
    };
    const memory = new Uint8Array(30_000_000).fill(1);
    await refuses('PROVIDER_REFUSED', client.putFragment(provider(), place, root, [memory]));
    memory.fill(2);
    await closed;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(!received.some((chunk) => chunk.includes(2)), 'nothing of the later content was sent');
  });
});
