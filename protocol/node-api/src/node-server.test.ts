// The server under clients that behave unusually.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { it } from 'node:test';
import { createEd25519Signer } from '@cess/crypto';
import { CessError, silentLogger } from '@cess/primitives';
import { identityOf } from '@cess/tls';
import { NodeServer } from './node-server.js';

const listenError = () => new CessError('ABORTED', 'not in this test');
const names = {
  name: 'server',
  portInUse: listenError,
  listen: listenError,
  busy: 'ABORTED',
  internal: 'ABORTED',
  statusOfCode: {},
} as const;

it('a handler that fails in the middle of a body is answered, and the connection ends after the grace period', async () => {
  const handle = async (message: AsyncIterable<unknown>) => {
    for await (const _chunk of message) throw new Error('the disk failed');
  };
  const identity = identityOf(createEd25519Signer(new Uint8Array(32).fill(1)));
  const common = { host: '127.0.0.1', port: 0, maxRequests: 4, stallTimeoutMs: 60_000, logger: silentLogger };
  const init = { ...common, identity, nowMs: Date.now, handle };
  const server = new NodeServer(init, names);
  const { port } = await server.listen();
  // The client goes on sending and never closes.
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
  });
  socket.write(`PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1000)}`);
  const more = setInterval(() => socket.writable && socket.write('x'.repeat(100)), 100);
  await once(socket, 'close');
  clearInterval(more);
  assert.match(answer, /^HTTP\/1\.1 500 /);
  await server.close();
});
