// Strangers hold connections to the gateway and never send a request.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { it } from 'node:test';
import { bucket, put } from '../test-support/raw-exchange.js';
import { RawConnection, signedHead } from '../test-support/raw-s3.js';
import { startTestGateway } from '../test-support/test-gateway.js';

it('idle connections of strangers keep nobody out, and an authenticated connection stays', async () => {
  const test = await startTestGateway({ s3MaxConnections: 8 });
  const strangers: Socket[] = [];
  const client = new RawConnection(test.gateway.s3Endpoint);
  try {
    client.write(await signedHead({ method: 'PUT', path: `/${bucket}` }));
    assert.equal((await client.answer())?.status, 200);
    const { hostname, port } = new URL(test.gateway.s3Endpoint);
    for (let i = 0; i < 12; i++) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      strangers.push(socket);
      await once(socket, 'connect');
    }
    client.write(await signedHead(put('kept', 3)));
    client.write('abc');
    assert.equal((await client.answer())?.status, 200);
    const another = new RawConnection(test.gateway.s3Endpoint);
    another.write(await signedHead({ method: 'GET', path: `/${bucket}/kept` }));
    assert.equal((await another.answer())?.body, 'abc');
    another.close();
  } finally {
    for (const socket of strangers) socket.destroy();
    client.close();
    await test.stop();
  }
});
