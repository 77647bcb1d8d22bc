// The HTTP interface of a worker against callers that err and callers that lie (docs/protocol/audit.md §9).
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { query } from '@cess/client';
import { createEd25519Signer } from '@cess/crypto';
import { srsPath, srsSizeBytes, teeInfoPath } from '@cess/node-api';
import {
  CessError,
  createDeferred,
  type ErrorCode,
  isCessError,
  silentLogger,
  throwFatal,
  toHex,
} from '@cess/primitives';
import { createTeeWorker } from '../index.js';
import { description, fragmentBytes } from '../test-support/enclave-fixture.js';
import {
  place,
  providerSigner,
  rawRequest,
  signedTags,
  startWorker,
  teeAccount,
  type WorkerFixture,
} from '../test-support/worker-fixture.js';

const stranger = createEd25519Signer(new Uint8Array(32).fill(0x22));

describe('HTTP interface of a TEE worker', () => {
  let fixture: WorkerFixture;
  before(async () => {
    fixture = await startWorker();
  });
  after(() => fixture.stop());

  const answerTo = async (request: Parameters<typeof rawRequest>[1]) => {
    const { status, code } = await rawRequest(fixture.port, request);
    return [status, code];
  };

  it('says who it is and hands out the SRS to anyone', async () => {
    const info = await rawRequest(fixture.port, { method: 'GET', path: teeInfoPath });
    const { signerKey, keyId } = description;
    assert.deepEqual(JSON.parse(info.body.toString()), {
      worker: 7,
      signerKey: toHex(signerKey),
      keyId: toHex(keyId),
      enclave: 'software',
    });
    const srs = await rawRequest(fixture.port, { method: 'GET', path: srsPath(keyId) });
    assert.deepEqual([srs.status, srs.body.length], [200, srsSizeBytes]);
    assert.deepEqual(new Uint8Array(srs.body), description.srs);
  });

  it('gives xi and tags to the holder', async () => {
    const { status, body } = await rawRequest(fixture.port, signedTags(fixture));
    assert.equal(status, 200);
    assert.deepEqual([body.length, body[0], body[64]], [160, 2, 3]);
    assert.deepEqual(fixture.enclave.tagged.at(-1), fragmentBytes);
  });

  it('refuses what is not a route, and methods that a route does not have', async () => {
    const { path } = signedTags(fixture);
    for (const [method, target, status] of [
      ['GET', '/', 404],
      ['GET', '/v1/tee/keys/zz/srs', 404],
      ['GET', srsPath(new Uint8Array(32)), 404],
      ['POST', `${path}9999999`, 404],
      ['POST', path.replace('/2/3', '/4294967296/3'), 404],
      ['POST', path.replace('/2/3', '/2/65536'), 404],
      ['POST', path.replace('/2/3', '/-1/3'), 404],
      ['GET', path, 405],
      ['POST', teeInfoPath, 405],
      ['DELETE', srsPath(description.keyId), 405],
    ] as const) {
      assert.equal((await answerTo({ method, path: target }))[0], status, `${method} ${target}`);
    }
  });

  it('refuses requests without their headers, and lengths that no fragment has, before reading a body', async () => {
    const request = signedTags(fixture);
    const without = (...names: string[]) => {
      const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !names.includes(name)));
      return { ...request, headers };
    };
    const withLength = (length: string) => ({
      ...request,
      headers: { ...request.headers, 'content-length': length },
      write: (outgoing: { flushHeaders(): void }) => outgoing.flushHeaders(),
    });
    assert.deepEqual(await answerTo(without('cess-fragment-root')), [400, 'HEADER_MALFORMED']);
    assert.deepEqual(await answerTo(without('cess-tag-key')), [400, 'HEADER_MALFORMED']);
    assert.deepEqual(await answerTo(without('signature', 'signature-input')), [401, 'SIGNATURE_MISSING']);
    assert.deepEqual(await answerTo(withLength('33554433')), [413, 'BODY_TOO_LARGE']);
    const chunked = { ...without('content-length').headers, 'transfer-encoding': 'chunked' };
    assert.deepEqual(await answerTo({ ...request, headers: chunked }), [411, 'LENGTH_REQUIRED']);
    const empty = { ...withLength('0'), write: (outgoing: { end(): void }) => outgoing.end() };
    assert.deepEqual(await answerTo(empty as typeof request), [400, 'FRAGMENT_EMPTY']);
  });

  it('covers root and tagging key by the signature: an exchanged one is refused', async () => {
    const request = signedTags(fixture);
    for (const name of ['cess-fragment-root', 'cess-tag-key']) {
      const headers = { ...request.headers, [name]: 'ab'.repeat(32) };
      assert.deepEqual(await answerTo({ ...request, headers }), [401, 'SIGNATURE_INVALID'], name);
    }
  });

  it('refuses replays, old requests and those meant for another worker', async () => {
    const request = signedTags(fixture);
    assert.deepEqual(await answerTo(request), [200, undefined]);
    assert.deepEqual(await answerTo(request), [401, 'SIGNATURE_REPLAYED']);
    const old = signedTags(fixture, { nowMs: fixture.clock.ms - 301_000 });
    assert.deepEqual(await answerTo(old), [401, 'SIGNATURE_EXPIRED']);
    const foreign = signedTags(fixture, { audience: new Uint8Array(32) });
    assert.deepEqual(await answerTo(foreign), [401, 'SIGNATURE_AUDIENCE']);
  });

  it('asks the chain before it reads a body: holder, root, length and key', async () => {
    const noBody = { write: (outgoing: { flushHeaders(): void }) => outgoing.flushHeaders() };
    const refusals: readonly (readonly [Parameters<typeof signedTags>[1], number, string])[] = [
      [{ signer: stranger }, 403, 'NODE_UNKNOWN'],
      [{ at: { ...place, fragment: 4 } }, 409, 'NOT_HOLDER'],
      [{ at: { ...place, fileId: new Uint8Array(32) } }, 409, 'NOT_HOLDER'],
      [{ root: new Uint8Array(32) }, 422, 'ROOT_MISMATCH'],
      [{ keyId: new Uint8Array(32) }, 404, 'KEY_UNKNOWN'],
    ];
    for (const [change, status, code] of refusals) {
      assert.deepEqual(await answerTo({ ...signedTags(fixture, change), ...noBody }), [status, code]);
    }
    const request = signedTags(fixture);
    const headers = { ...request.headers, 'content-length': String(fragmentBytes.length - 1) };
    assert.deepEqual(await answerTo({ ...request, headers, ...noBody }), [422, 'ROOT_MISMATCH']);
  });

  it('passes refusals of the enclave on, and says nothing of what it does not expect', async () => {
    for (const [failure, status, code] of [
      [new CessError('ROOT_MISMATCH', 'other bytes'), 422, 'ROOT_MISMATCH'],
      [new CessError('NOT_HOLDER', 'gone meanwhile'), 409, 'NOT_HOLDER'],
      [new CessError('ENCLAVE_GONE', 'died'), 503, 'ENCLAVE_GONE'],
      [new CessError('TEE_DIRECTORY', 'inside', { dir: 'inside' }), 500, 'TEE_INTERNAL'],
    ] as const) {
      fixture.enclave.failure = failure;
      const answer = await rawRequest(fixture.port, signedTags(fixture));
      assert.deepEqual([answer.status, answer.code], [status, code]);
      if (status === 500) assert.ok(!answer.body.toString().includes('inside'));
    }
    fixture.enclave.failure = undefined;
  });

  it('answers 503 while its chain node does not answer, and serves again afterwards', async () => {
    fixture.chain.isDown = true;
    assert.deepEqual(await answerTo(signedTags(fixture)), [503, 'RPC_TIMEOUT']);
    fixture.chain.isDown = false;
    assert.deepEqual(await answerTo(signedTags(fixture)), [200, undefined]);
  });

  it('lets strangers ask the chain only a few times a second, and known providers freely', async () => {
    fixture.clock.ms += 10_000;
    await answerTo(signedTags(fixture));
    const ask = (signer: typeof stranger) => answerTo(signedTags(fixture, { signer }));
    const codes = new Set<unknown>();
    for (let i = 0; i < 60; i++) codes.add((await ask(stranger))[1]);
    assert.deepEqual([...codes], ['NODE_UNKNOWN', 'TEE_BUSY']);
    assert.deepEqual(await ask(providerSigner), [200, undefined]);
    fixture.clock.ms += 1_000;
    assert.deepEqual(await ask(stranger), [403, 'NODE_UNKNOWN']);
  });

  it('a registered provider that does not hold the fragment gets no tags of it', async () => {
    const { NodeKeys } = query.Sminer;
    fixture.chain.state.put(NodeKeys, NodeKeys.key(stranger.publicKey), 6);
    fixture.chain.finalize();
    fixture.clock.ms += 1_000;
    assert.deepEqual(await answerTo(signedTags(fixture, { signer: stranger })), [409, 'NOT_HOLDER']);
  });
});

describe('load on a TEE worker', () => {
  it('audit.md §9.2: takes as many fragments as memory allows; more get 503 with Retry-After, and room comes back', async () => {
    const fixture = await startWorker({ memoryBudgetBytes: 2 * fragmentBytes.length });
    try {
      fixture.enclave.held = createDeferred();
      const waiting = [1, 2].map(() => rawRequest(fixture.port, signedTags(fixture)));
      await untilHeld(fixture, 2);
      const refused = await rawRequest(fixture.port, signedTags(fixture));
      assert.deepEqual([refused.status, refused.code], [503, 'TEE_BUSY']);
      assert.match(refused.headers['retry-after'] ?? '', /^[1-9]\d*$/);
      fixture.enclave.held.resolve();
      fixture.enclave.held = undefined;
      assert.deepEqual(
        (await Promise.all(waiting)).map(({ status }) => status),
        [200, 200],
      );
      assert.equal((await rawRequest(fixture.port, signedTags(fixture))).status, 200);
    } finally {
      await fixture.stop();
    }
  });

  it('a caller that goes away while it waits gives its place up', async () => {
    const fixture = await startWorker({ memoryBudgetBytes: fragmentBytes.length });
    try {
      fixture.enclave.held = createDeferred();
      const request = signedTags(fixture);
      const gone = rawRequest(fixture.port, {
        ...request,
        write: (outgoing) => {
          outgoing.end(fragmentBytes);
          void untilHeld(fixture, 1).then(() => outgoing.destroy());
        },
      });
      await assert.rejects(gone);
      fixture.enclave.held = undefined;
      assert.equal(await eventually(fixture, () => fixture.enclave.aborted === 1), true);
      assert.equal((await rawRequest(fixture.port, signedTags(fixture))).status, 200);
    } finally {
      await fixture.stop();
    }
  });

  it('a body that stalls ends, a caller that waits for tags does not', async () => {
    const fixture = await startWorker({ stallTimeoutMs: 150 });
    try {
      const half = (outgoing: { write(bytes: Uint8Array): void }) => outgoing.write(fragmentBytes.subarray(0, 100));
      await assert.rejects(rawRequest(fixture.port, { ...signedTags(fixture), write: half }));
      fixture.enclave.held = createDeferred();
      const waiting = rawRequest(fixture.port, signedTags(fixture));
      await untilHeld(fixture, 1);
      // Longer than the bound on stalled connections, measured by one that is closed for it.
      await assert.rejects(rawRequest(fixture.port, { ...signedTags(fixture), write: half }));
      fixture.enclave.held.resolve();
      assert.equal((await waiting).status, 200);
    } finally {
      await fixture.stop();
    }
  });

  it('ends waiting requests when it stops', async () => {
    const fixture = await startWorker();
    fixture.enclave.held = createDeferred();
    const waiting = rawRequest(fixture.port, signedTags(fixture));
    await untilHeld(fixture, 1);
    await fixture.stop();
    assert.equal((await waiting).code, 'ABORTED');
  });
});

describe('directory and port of a TEE worker', () => {
  const components = (fixture: WorkerFixture, account = teeAccount) => ({
    chain: fixture.chain,
    openEnclave: async () => fixture.enclave,
    account,
    clock: { nowMs: () => 0 },
    logger: silentLogger,
    onFatal: throwFatal,
  });
  const withCode = (code: ErrorCode) => (error: unknown) => isCessError(error, code);

  it('one process has a directory, one program a port, and another account or network another directory', async () => {
    const fixture = await startWorker();
    const { dir, port } = fixture;
    const config = { dir, host: '127.0.0.1', port: 0 };
    await assert.rejects(createTeeWorker(components(fixture), config).start(), withCode('KV_LOCKED'));
    const elsewhere = { ...config, dir: `${dir}/other`, port };
    await assert.rejects(createTeeWorker(components(fixture), elsewhere).start(), withCode('TEE_PORT_IN_USE'));
    await fixture.worker.stop();
    const foreign = createTeeWorker(components(fixture, new Uint8Array(32)), config);
    await assert.rejects(foreign.start(), withCode('TEE_DIRECTORY'));
    const network = {
      ...components(fixture),
      chain: Object.create(fixture.chain, { genesis: { value: new Uint8Array(32) } }),
    };
    await assert.rejects(createTeeWorker(network, config).start(), withCode('TEE_DIRECTORY'));
    await fixture.stop();
  });
});

/** Looks at the enclave with every request that gets through: there is no event from inside a held call. */
async function untilHeld(fixture: WorkerFixture, calls: number): Promise<void> {
  await eventually(fixture, () => fixture.enclave.waiting === calls);
}

async function eventually(fixture: WorkerFixture, holds: () => boolean): Promise<boolean> {
  for (let i = 0; i < 2_000 && !holds(); i++) await rawRequest(fixture.port, { method: 'GET', path: teeInfoPath });
  return holds();
}
