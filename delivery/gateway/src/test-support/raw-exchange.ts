// Exchanges over bare sockets with a test gateway, and what the gateway and its providers hold before and after them.

import assert from 'node:assert/strict';
import { eventually } from '@cess/primitives/testing';
import { RawConnection, type RawRequest, signedHead } from './raw-s3.js';
import { startTestGateway, type TestGateway, testCredentials } from './test-gateway.js';

/** The bucket of these exchanges. */
export const bucket = 'bad-input';

/** What the gateway and its providers hold. */
export async function holdings({ gateway, providers }: TestGateway): Promise<string> {
  const { memoryBytes, requests, availableBytes } = gateway.usage();
  const { items } = await gateway.index.listObjects(bucket, { prefix: '', delimiter: '', limit: 1000 });
  const names = items.map(({ name }) => name);
  const places = providers.reduce((sum, provider) => sum + provider.places.size, 0);
  return JSON.stringify({ memoryBytes, requests, quota: availableBytes[testCredentials.accessKeyId], names, places });
}

/** One request on a connection of its own, and its answer. */
export async function exchange(test: TestGateway, request: RawRequest, ...body: readonly (string | Uint8Array)[]) {
  const connection = new RawConnection(test.gateway.s3Endpoint);
  try {
    connection.write(await signedHead(request));
    for (const piece of body) connection.write(piece);
    return await connection.answer();
  } finally {
    connection.close();
  }
}

/** The head of a PUT. */
export const put = (key: string, length: number, headers: Record<string, string> = {}): RawRequest => ({
  method: 'PUT',
  path: `/${bucket}/${key}`,
  headers: { 'content-length': String(length), ...headers },
});

/** A gateway with short timeouts, a quota of 2 GiB and one object, `kept`, whose quota no declaration changes. */
export async function startExchangeGateway(kept: Uint8Array): Promise<TestGateway> {
  const test = await startTestGateway({ quotaBytes: 2 ** 31, s3IdleTimeoutMs: 400 });
  test.chain.stalled = true;
  const created = await exchange(test, { method: 'PUT', path: `/${bucket}` });
  assert.equal(created?.status, 200);
  const stored = await exchange(test, put('kept', kept.length), kept);
  assert.equal(stored?.status, 200);
  return test;
}

/** Holds if the gateway and its providers hold the same after `act` as before. */
export async function leavesNothing(test: TestGateway, act: () => Promise<void>): Promise<void> {
  await eventually(
    () => test.gateway.usage().requests === 0,
    () => 'earlier requests',
  );
  const earlier = await holdings(test);
  await act();
  await isAgain(test, earlier);
}

/** Resolves when the gateway and its providers hold what they held earlier. */
export async function isAgain(test: TestGateway, earlier: string): Promise<void> {
  let now = '';
  await eventually(
    async () => {
      now = await holdings(test);
      return now === earlier;
    },
    () => `${now} is ${earlier}`,
  );
}
