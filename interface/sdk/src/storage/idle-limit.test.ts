// IFACE-1: no request of the SDK waits for ever for a gateway that accepts connections and then stands.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import '../errors.js';
import { listBuckets } from './buckets.js';
import { getObject } from './get-object.js';
import { answerLimitMs } from './idle-limit.js';
import { putObject } from './put-object.js';
import { createStorage, type StorageClient } from './storage-client.js';

const name = { bucket: 'b', key: 'k' };
const content = Buffer.from('0123456789');

describe('the idle limit of requests', () => {
  let server: Server | undefined;
  let requests: string[] = [];

  /** A gateway whose nth request is answered by the nth answer; the last one answers all others. */
  async function gateway(
    ...answers: ((request: IncomingMessage, response: ServerResponse) => void)[]
  ): Promise<StorageClient> {
    requests = [];
    server = createServer((request, response) => {
      requests.push(`${request.method} ${request.headers.range ?? ''}`.trim());
      request.resume();
      answers[Math.min(requests.length, answers.length) - 1]?.(request, response);
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
    return createStorage({ endpoint, credentials, attempts: 2, idleTimeoutMs: 1_000 });
  }
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  const stands = () => {};
  const stores = (_: IncomingMessage, response: ServerResponse) => response.setHeader('etag', '"e"').end();
  /** Sends the first bytes of the content and then nothing. */
  const standsAfter = (bytes: number) => (_: IncomingMessage, response: ServerResponse) => {
    response.setHeader('etag', '"e"').setHeader('content-length', content.length).write(content.subarray(0, bytes));
  };
  const sendsRest = ({ headers }: IncomingMessage, response: ServerResponse) => {
    const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1]);
    response.writeHead(206, { etag: '"e"', 'content-range': `bytes ${from}-9/10` }).end(content.subarray(from));
  };

  it('IFACE-1: an answer that never begins is asked for again, and then fails with STORAGE_TIMEOUT', async () => {
    const storage = await gateway(stands);
    await assert.rejects(listBuckets(storage), (error) => isCessError(error, 'STORAGE_TIMEOUT'));
    assert.deepEqual(requests, ['GET', 'GET']);
  });

  it('IFACE-1: an upload whose answer does not come is repeated', async () => {
    const storage = await gateway(stands, stores);
    assert.equal((await putObject(storage, { ...name, body: content })).etag, '"e"');
    assert.deepEqual(requests, ['PUT', 'PUT']);
  });

  it('IFACE-1: a download that stands goes on at the byte where it stood', async () => {
    const storage = await gateway(standsAfter(4), sendsRest);
    assert.equal(await (await getObject(storage, name)).text(), '0123456789');
    assert.deepEqual(requests, ['GET', 'GET bytes=4-']);
  });

  it('IFACE-1: a list of which no further byte comes fails with STORAGE_TIMEOUT', async () => {
    const storage = await gateway(standsAfter(4));
    await assert.rejects(listBuckets(storage), (error) => isCessError(error, 'STORAGE_TIMEOUT'));
  });

  it('IFACE-1: a reader that takes its time does not run into the limit', async () => {
    const storage = await gateway(sendsWhole);
    const object = await getObject(storage, name);
    const limitPassed = new Promise((resolve) => setTimeout(resolve, 2 * storage.idleTimeoutMs));
    await limitPassed;
    assert.equal(await object.text(), '0123456789');
    assert.deepEqual(requests, ['GET']);
  });

  it('IFACE-1: an abort of the caller is ABORTED, and nothing is repeated', async () => {
    const stopping = new AbortController();
    const storage = await gateway(() => stopping.abort());
    const listing = listBuckets(storage, stopping.signal);
    await assert.rejects(listing, (error) => isCessError(error, 'ABORTED'));
    assert.deepEqual(requests, ['GET']);
  });

  it('IFACE-1: an upload has time in proportion to its bytes', () => {
    assert.equal(answerLimitMs(1_000, 0), 1_000);
    assert.equal(answerLimitMs(1_000, 8 * 1024 * 1024), 513_000);
  });

  const sendsWhole = (_: IncomingMessage, response: ServerResponse) =>
    response.setHeader('etag', '"e"').setHeader('content-length', content.length).end(content);
});
