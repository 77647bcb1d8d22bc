import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import type { S3Context } from '../context.js';
import { digestOfStored, digestWhileReading, type ReadPlan } from './digest-while-reading.js';

const pieces = ['a', 'b', 'c'].map((text) => Buffer.from(text));
const md5OfAll = '900150983cd24fb0d6963f7d28e17f72';

/** Runs `act` with a request that is in progress, and resolves with how often the idle time of its connection began anew. */
async function restartsDuring(act: (request: IncomingMessage) => Promise<void>): Promise<number> {
  const server = createServer();
  server.timeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const counted = new Promise<number>((resolve, reject) => {
    server.on('request', (request, response) => {
      const { socket } = request;
      const restart = socket.setTimeout.bind(socket);
      let restarts = 0;
      socket.setTimeout = (timeout, callback) => {
        // Node itself sets the shorter one of connections without a request.
        if (timeout === server.timeout) restarts++;
        return restart(timeout, callback);
      };
      act(request)
        .then(() => resolve(restarts), reject)
        .finally(() => response.end());
    });
  });
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const restarts = await counted;
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return restarts;
}

/** A reader of the three pieces. */
function readerFor(request: IncomingMessage): Pick<S3Context, 'storage' | 'client' | 'signal' | 'request'> {
  async function* read() {
    yield* pieces;
  }
  const storage = { read } as unknown as S3Context['storage'];
  return { storage, client: 'client', signal: new AbortController().signal, request };
}
const plan = {} as ReadPlan;

describe('digesting stored bytes', () => {
  it('keeps the connection open with every piece, where they stay', async () => {
    const restarts = await restartsDuring(async (request) => {
      const { md5, checksums } = await digestOfStored(readerFor(request), plan, 'SHA1');
      assert.deepEqual([md5, checksums], [md5OfAll, [['SHA1', 'qZk+NkcGgWq6PiVxeFDCbJzQ2J0=']]]);
    });
    assert.equal(restarts, pieces.length);
  });

  it('keeps the connection open with every piece, on their way into another object', async () => {
    const restarts = await restartsDuring(async (request) => {
      const { chunks, finish } = await digestWhileReading(readerFor(request), plan, undefined);
      for await (const _ of chunks);
      assert.deepEqual(finish(), { md5: md5OfAll, checksums: [] });
    });
    assert.equal(restarts, pieces.length);
  });
});
