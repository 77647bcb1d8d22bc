// Bulk reads over raw sockets: an answer may come in any pieces, what is no proper answer fails with a code, and after
// the end of an exchange nothing is written to its target any more.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { type ErrorCode, isCessError } from '@cess/primitives';
import { PinnedConnector } from '@cess/tls';
import fc from 'fast-check';
import { ConnectionPool } from './connection-pool.js';

const connector = new PinnedConnector(Date.now);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('bulk reads', () => {
  let server: Server;
  let pool = new ConnectionPool({ maxBusyPerPeer: 2, connector });
  let accepted: Socket[] = [];
  /** Called for every request that has arrived whole. */
  let answer: (socket: Socket, request: string) => unknown = () => {};
  const peer = () => ({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    nodeKey: new Uint8Array(32),
  });

  before(async () => {
    server = createServer({ noDelay: true }, (socket) => {
      accepted.push(socket);
      socket.on('error', () => {});
      let text = '';
      socket.on('data', (bytes: Buffer) => {
        text += bytes.toString('latin1');
        for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
          const request = text.slice(0, end);
          text = text.slice(end + 4);
          answer(socket, request);
        }
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    pool.close();
    pool = new ConnectionPool({ maxBusyPerPeer: 2, connector });
    for (const socket of accepted) socket.destroy();
    accepted = [];
  });
  after(async () => {
    server.close();
    await once(server, 'close');
  });

  const read = (target: Uint8Array, signal?: AbortSignal, stallTimeoutMs = 2_000) =>
    pool.read(peer(), { head: () => 'GET /x HTTP/1.1\r\nhost: x\r\n\r\n', target, stallTimeoutMs, signal });
  async function fails(code: ErrorCode, call: Promise<void>, message?: RegExp): Promise<void> {
    await assert.rejects(call, (error: unknown) => {
      assert.ok(isCessError(error, code), String(error));
      const cause = error.cause instanceof Error ? error.cause.message : '';
      if (message !== undefined) assert.match(`${error.message} ${cause}`, message);
      return true;
    });
  }
  const whole = (body: string, fields = ''): string =>
    `HTTP/1.1 206 Partial Content\r\ncontent-length: ${body.length}\r\n${fields}\r\n${body}`;

  it('an answer in any pieces fills the target, again and again over one connection', async () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2_000 }), pieces, async (length, cuts) => {
        const body = Array.from({ length }, (_, i) => String.fromCharCode(97 + (i % 26))).join('');
        const text = whole(body, `x: ${'y'.repeat(cuts[0]!)}\r\n`);
        answer = async (socket) => {
          let at = 0;
          for (const cut of cuts) {
            socket.write(text.slice(at, at + cut));
            at += cut;
            await turn();
          }
          socket.write(text.slice(at));
        };
        const target = new Uint8Array(length);
        await read(target);
        assert.equal(Buffer.from(target).toString(), body);
      }),
      { seed: 1, numRuns: 60 },
    );
    assert.equal(accepted.length, 1);
  });

  it('shared memory is filled in place, beyond what the system delivers at once', async () => {
    const memory = new Uint8Array(new SharedArrayBuffer(5_000_000));
    const body = Buffer.alloc(4_000_000, 'abcdefg');
    answer = (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
      socket.write(body);
    };
    await read(memory.subarray(500_000, 4_500_000));
    assert.equal(Buffer.compare(memory.subarray(500_000, 4_500_000), body), 0);
    assert.ok(memory.subarray(0, 500_000).every((byte) => byte === 0));
    assert.ok(memory.subarray(4_500_000).every((byte) => byte === 0));
  });

  const improper: readonly (readonly [string, string, ErrorCode, RegExp])[] = [
    ['a body longer than announced', `${whole('0123456789')}more`, 'PROVIDER_BAD_RESPONSE', /another length/],
    ['another length', whole('01234'), 'PROVIDER_BAD_RESPONSE', /another length/],
    ['no length', 'HTTP/1.1 200 OK\r\n\r\n0123456789', 'PROVIDER_BAD_RESPONSE', /another length/],
    [
      'a transfer coding',
      'HTTP/1.1 206 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n',
      'PROVIDER_BAD_RESPONSE',
      /another length/,
    ],
    ['an interim answer', `HTTP/1.1 103 Early Hints\r\n\r\n${whole('0123456789')}`, 'PROVIDER_REFUSED', /103/],
    ['no HTTP', 'what?\r\n\r\n', 'PROVIDER_UNREACHABLE', /HTTP\/1\.1/],
    ['an endless head', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}`, 'PROVIDER_UNREACHABLE', /too long/],
    ['a refusal', 'HTTP/1.1 503 Busy\r\ncontent-length: 15\r\n\r\n{"code":"BUSY"}', 'PROVIDER_REFUSED', /503 BUSY/],
    [
      'a refusal too long to read',
      'HTTP/1.1 503 Busy\r\ncontent-length: 99999\r\n\r\n{',
      'PROVIDER_REFUSED',
      /unknown/,
    ],
    ['a refusal of unknown length', 'HTTP/1.1 500 No\r\n\r\n{"code":"X"}', 'PROVIDER_REFUSED', /500 unknown/],
  ];
  for (const [name, text, code, message] of improper) {
    it(`${name} is ${code}, and the next read works`, async () => {
      answer = (socket) => socket.write(text);
      await fails(code, read(new Uint8Array(10)), message);
      answer = (socket) => socket.write(whole('0123456789'));
      const target = new Uint8Array(10);
      await read(target);
      assert.equal(Buffer.from(target).toString(), '0123456789');
    });
  }

  it('a connection whose answer is not cleanly over is not used again', async () => {
    answer = (socket) => socket.write(whole('0123456789', 'connection: close\r\n'));
    await read(new Uint8Array(10));
    answer = (socket) => socket.write('HTTP/1.1 503 Busy\r\ncontent-length: 99999\r\n\r\n');
    await fails('PROVIDER_REFUSED', read(new Uint8Array(10)));
    answer = (socket) => socket.write(whole('0123456789'));
    await read(new Uint8Array(10));
    assert.equal(accepted.length, 3);
  });

  it('bytes that nobody asked for close the connection', async () => {
    answer = (socket) => socket.write(whole('0123456789'));
    await read(new Uint8Array(10));
    const closed = once(accepted[0]!, 'close');
    accepted[0]!.write('more');
    await closed;
    await read(new Uint8Array(10));
    assert.equal(accepted.length, 2);
  });

  it('a connection that the provider closed at rest is not used again', async () => {
    answer = (socket) => socket.write(whole('0123456789'));
    await read(new Uint8Array(10));
    const closed = once(accepted[0]!, 'close');
    accepted[0]!.end();
    await closed;
    await read(new Uint8Array(10));
    assert.equal(accepted.length, 2);
  });

  it('a connection at rest is closed after its time', async () => {
    pool = new ConnectionPool({ maxBusyPerPeer: 2, idleTimeoutMs: 20, connector });
    answer = (socket) => socket.write(whole('0123456789'));
    await read(new Uint8Array(10));
    await once(accepted[0]!, 'close');
    await read(new Uint8Array(10));
    assert.equal(accepted.length, 2);
  });

  it('after an abort nothing is written to the target', async () => {
    const arrived = new Promise<Socket>((resolve) => {
      answer = (socket) => {
        socket.write('HTTP/1.1 206 OK\r\ncontent-length: 1000000\r\n\r\n');
        socket.write(Buffer.alloc(1_000, 1), () => resolve(socket));
      };
    });
    const target = new Uint8Array(1_000_000);
    const controller = new AbortController();
    const failed = fails('PROVIDER_UNREACHABLE', read(target, controller.signal));
    const socket = await arrived;
    while (target[999] !== 1) await turn();
    controller.abort();
    await failed;
    target.fill(2);
    socket.write(Buffer.alloc(900_000, 1));
    await new Promise((resolve) => socket.once('close', resolve));
    assert.ok(target.every((byte) => byte === 2));
  });

  it('a provider that stops in the middle is PROVIDER_STALLED', async () => {
    answer = (socket) => socket.write('HTTP/1.1 206 OK\r\ncontent-length: 10\r\n\r\n012');
    await fails('PROVIDER_STALLED', read(new Uint8Array(10), undefined, 100));
  });

  it('reads beyond the bound wait their turn; one that gives up leaves the queue', async () => {
    const sockets: Socket[] = [];
    let begun: () => void = () => {};
    answer = (socket) => {
      sockets.push(socket);
      begun();
    };
    const two = new Promise<void>((resolve) => {
      begun = () => {
        if (sockets.length === 2) resolve();
      };
    });
    const targets = [1, 2, 3].map(() => new Uint8Array(10));
    const [first, second] = [read(targets[0]!), read(targets[1]!)];
    const controller = new AbortController();
    const impatient = read(new Uint8Array(10), controller.signal);
    const third = read(targets[2]!);
    await two;
    controller.abort();
    await fails('PROVIDER_UNREACHABLE', impatient);
    await fails('PROVIDER_UNREACHABLE', read(new Uint8Array(10), AbortSignal.abort()));
    assert.equal(sockets.length, 2);
    answer = (socket) => socket.write(whole('third here'));
    sockets[0]!.write(whole('0123456789'));
    await Promise.all([first, third]);
    sockets[1]!.write(whole('9876543210'));
    await second;
    assert.deepEqual(
      targets.map((target) => Buffer.from(target).toString()),
      ['0123456789', '9876543210', 'third here'],
    );
    assert.equal(accepted.length, 2);
  });

  it('closing the pool ends what is under way', async () => {
    const arrived = new Promise<void>((resolve) => {
      answer = () => resolve();
    });
    const call = fails('PROVIDER_UNREACHABLE', read(new Uint8Array(10)));
    await arrived;
    pool.close();
    await call;
  });
});
