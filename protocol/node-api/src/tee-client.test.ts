// The client of a TEE worker against workers that misbehave on real sockets: bounded answers, coded errors.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createEd25519Signer } from '@cess/crypto';
import { type CessError, type ErrorCode, isCessError, isRetryable, toHex } from '@cess/primitives';
import {
  maxTagSetBytes,
  ReplayGuard,
  requireSignature,
  srsPath,
  srsSizeBytes,
  TeeClient,
  tagsPath,
  wholeBody,
} from './index.js';

const signer = createEd25519Signer(new Uint8Array(32).fill(1));
const enclaveKey = createEd25519Signer(new Uint8Array(32).fill(2)).publicKey;
const keyId = new Uint8Array(32).fill(3);
const root = new Uint8Array(32).fill(4);
const place = { fileId: new Uint8Array(32).fill(5), segment: 7, fragment: 8 };
const body = [new Uint8Array(1000).fill(1), new Uint8Array(500).fill(2)];

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

describe('client of a TEE worker', () => {
  let server: Server;
  let client: TeeClient;
  let handler: Handler;
  const tee = () => ({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, signerKey: enclaveKey });

  before(async () => {
    server = createServer((request, response) => void handler(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  beforeEach(() => {
    client?.close();
    client = new TeeClient({ signer, nowMs: Date.now, stallTimeoutMs: 300 });
  });
  after(async () => {
    client.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  /** Reads the request, then answers. */
  const answer =
    (status: number, bytes: Uint8Array | string, headers: Record<string, string> = {}): Handler =>
    (request, response) => {
      request.resume();
      request.on('end', () => response.writeHead(status, headers).end(bytes));
    };
  async function refuses<Code extends ErrorCode>(code: Code, act: Promise<unknown>): Promise<CessError<Code>> {
    let caught: unknown;
    await act.catch((error: unknown) => {
      caught = error;
    });
    assert.ok(isCessError(caught, code), `${code} instead of ${String(caught)}`);
    return caught;
  }
  const requestTags = () => client.requestTags(tee(), place, { root, keyId }, body);

  it('signs requests for tags over root and key, for the enclave that it means', async () => {
    handler = async (message, response) => {
      const context = { audience: enclaveKey, nowMs: Date.now(), replayGuard: new ReplayGuard(600) };
      assert.deepEqual(requireSignature(message, context), signer.publicKey);
      assert.equal(message.url, tagsPath(place));
      assert.equal(message.headers['cess-fragment-root'], toHex(root));
      assert.equal(message.headers['cess-tag-key'], toHex(keyId));
      assert.match(String(message.headers['signature-input']), /"cess-fragment-root" "cess-tag-key"\);/);
      assert.deepEqual(await wholeBody(message, 1500), new Uint8Array(Buffer.concat(body)));
      response.end(Buffer.concat([new Uint8Array(64).fill(6), new Uint8Array(96).fill(7)]));
    };
    const { signature, tags } = await requestTags();
    assert.deepEqual([signature.length, signature[0], tags.length, tags[0]], [64, 6, 96, 7]);
  });

  it('refuses answers that are no tags, or more than any fragment has', async () => {
    for (const length of [0, 63, 64, 64 + 47, maxTagSetBytes + 1]) {
      handler = answer(200, new Uint8Array(length));
      await refuses('TEE_BAD_RESPONSE', requestTags());
    }
  });

  it('takes an SRS of its one length and no other', async () => {
    handler = (request, response) => {
      assert.equal(request.url, srsPath(keyId));
      assert.equal(request.headers.signature, undefined);
      response.end(new Uint8Array(srsSizeBytes).fill(9));
    };
    assert.equal((await client.srs(tee(), keyId)).length, srsSizeBytes);
    for (const length of [0, srsSizeBytes - 1, srsSizeBytes + 1]) {
      handler = answer(200, new Uint8Array(length));
      await refuses('TEE_BAD_RESPONSE', client.srs(tee(), keyId));
    }
  });

  it('takes an introduction only whole', async () => {
    const info = { worker: 3, signerKey: toHex(enclaveKey), keyId: toHex(keyId), enclave: 'software' };
    handler = answer(200, JSON.stringify(info));
    assert.deepEqual(await client.info(tee()), info);
    handler = answer(200, JSON.stringify({ ...info, worker: null }));
    assert.equal((await client.info(tee())).worker, null);
    for (const change of [{ worker: 'x' }, { signerKey: 'ab' }, { keyId: 7 }, { enclave: 'trust me' }]) {
      handler = answer(200, JSON.stringify({ ...info, ...change }));
      await refuses('TEE_BAD_RESPONSE', client.info(tee()));
    }
    for (const text of ['null', '{', '[]']) {
      handler = answer(200, text);
      await refuses('TEE_BAD_RESPONSE', client.info(tee()));
    }
  });

  it('says why it was refused, and when to come again', async () => {
    handler = answer(503, JSON.stringify({ code: 'TEE_BUSY' }), { 'retry-after': '17' });
    const busy = await refuses('TEE_REFUSED', requestTags());
    assert.deepEqual([busy.data.status, busy.data.teeCode, busy.data.retryAfterSeconds], [503, 'TEE_BUSY', 17]);
    assert.equal(isRetryable(busy), true);
    handler = answer(409, JSON.stringify({ code: 'NOT_HOLDER' }));
    const other = await refuses('TEE_REFUSED', requestTags());
    assert.deepEqual([other.data.teeCode, 'retryAfterSeconds' in other.data], ['NOT_HOLDER', false]);
    assert.equal(isRetryable(other), false);
    handler = answer(409, JSON.stringify({ code: 'FROM_A_NEWER_VERSION', retryable: true }));
    assert.equal(isRetryable(await refuses('TEE_REFUSED', requestTags())), true);
  });

  it('does not wait forever, and not at all when told to stop', async () => {
    handler = () => {};
    await refuses('TEE_STALLED', requestTags());
    const stopped = AbortSignal.abort();
    await refuses('TEE_UNREACHABLE', client.requestTags(tee(), place, { root, keyId }, body, stopped));
    const gone = { endpoint: 'http://127.0.0.1:1', signerKey: enclaveKey };
    await refuses('TEE_UNREACHABLE', client.srs(gone, keyId));
  });
});
