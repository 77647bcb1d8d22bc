// GetObjectReceipt: who gets a receipt, of what, and what the gateway states in it. conformance verifies receipts of a real chain.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { accountIdOf } from '@cess/access';
import { verifyEd25519 } from '@cess/crypto';
import { concatBytes, createDeferred, fromHex, toHex0x, utf8 } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { ciphertextLength } from '@cess/sealing';
import { anonymous, assertAnswer, foreign, headerOf, sender } from '../test-support/requests.js';
import { foreignOwner, startTestGateway, type TestGateway, testSigner } from '../test-support/test-gateway.js';

let test: TestGateway;
const send = sender(() => test);

before(async () => {
  test = await startTestGateway({ hasForeignAccount: true, s3CustomerKeysOverHttp: true });
  assertAnswer(await send('PUT', '/bucket'), 200);
});
after(() => test.stop());

interface Stated {
  readonly statement: {
    readonly genesis: string;
    readonly block: { readonly number: number };
    readonly object: Readonly<Record<string, unknown>>;
    readonly extents: readonly { readonly file: string; readonly offset: number; readonly length: number }[];
    readonly files: readonly {
      readonly id: string;
      readonly streams: readonly { readonly ciphertextLength: number; readonly key: string | null }[];
      readonly shards: readonly { readonly hashes: readonly string[] }[];
    }[];
  };
  readonly signature: string;
  readonly chain: { readonly files: readonly { readonly id: string; readonly segments: readonly unknown[] }[] };
}

/** Stores an object and waits until the chain records it. */
async function store(key: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const recorded = test.chain.files.size;
  assertAnswer(await send('PUT', `/bucket/${key}`, { body, headers }), 200);
  await eventually(() => test.chain.files.size > recorded, 'the declaration of the object');
}

async function receiptOf(target: string): Promise<Stated> {
  const answer = await send('GET', target);
  assertAnswer(answer, 200);
  assert.equal(headerOf(answer, 'content-type'), 'application/json');
  return JSON.parse(answer.body) as Stated;
}

describe('the receipt of an object', () => {
  it('states what the object is and where its bytes are, signed with the node key', async () => {
    const body = 'hello receipt';
    await store('plain', body, { 'x-amz-checksum-crc32': crc32(body) });
    const { statement, signature, chain } = await receiptOf('/bucket/plain?receipt');
    assert.equal(statement.genesis, toHex0x(test.chain.genesis));
    assert.equal(statement.object['key'], 'plain');
    assert.equal(statement.object['size'], body.length);
    assert.equal(statement.object['etag'], createHash('md5').update(body).digest('hex'));
    assert.deepEqual(statement.object['checksums'], [{ algorithm: 'CRC32', value: crc32(body) }]);
    const [file] = statement.files;
    assert.deepEqual(statement.extents, [{ file: file?.id, offset: 0, length: body.length }]);
    assert.deepEqual(
      file?.streams.map((stream) => [stream.ciphertextLength, stream.key]),
      [[ciphertextLength(body.length), null]],
    );
    assert.equal(file?.shards[0]?.hashes.length, 4);
    assert.equal(chain.files[0]?.id, file?.id);
    const digest = createHash('sha256').update(JSON.stringify(statement)).digest();
    const message = concatBytes(utf8('CESS/object-receipt/v1'), digest);
    assert.ok(verifyEd25519(fromHex(signature), message, testSigner.publicKey));
  });

  it('has the keys of streams only on request', async () => {
    await store('keyed', 'content');
    const { statement } = await receiptOf('/bucket/keyed?receipt&stream-keys');
    assert.match(statement.files[0]?.streams[0]?.key ?? '', /^0x[0-9a-f]{64}$/);
  });

  it('of an object under a key of the customer needs that key, and has none of it', async () => {
    const headersOf = (fill: number) => {
      const key = Buffer.alloc(32, fill);
      const prefix = 'x-amz-server-side-encryption-customer-';
      return {
        [`${prefix}algorithm`]: 'AES256',
        [`${prefix}key`]: key.toString('base64'),
        [`${prefix}key-md5`]: createHash('md5').update(key).digest('base64'),
      };
    };
    await store('locked', 'content', headersOf(1));
    for (const target of ['/bucket/locked?receipt', '/bucket/locked?receipt&stream-keys']) {
      assertAnswer(await send('GET', target), 400, 'InvalidRequest');
      assertAnswer(await send('GET', target, { headers: headersOf(2) }), 403, 'AccessDenied');
      const answer = await send('GET', target, { headers: headersOf(1) });
      assertAnswer(answer, 200);
      assert.equal(answer.head.includes('customer-key'), false);
      const { statement } = JSON.parse(answer.body) as Stated;
      assert.equal(statement.files[0]?.streams[0]?.key !== null, target.endsWith('stream-keys'));
    }
  });

  it('has no key of a stream of which the object has a part only', async () => {
    await store('source', 'a whole that is copied in part');
    const begun = await send('POST', '/bucket/part?uploads');
    const uploadId = /<UploadId>([^<]+)</.exec(begun.body)?.[1] ?? '';
    const copied = await send('PUT', `/bucket/part?partNumber=1&uploadId=${uploadId}`, {
      headers: { 'x-amz-copy-source': 'bucket/source', 'x-amz-copy-source-range': 'bytes=2-6' },
    });
    const etag = /<ETag>([^<]+)</.exec(copied.body)?.[1] ?? '';
    const parts = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`;
    assertAnswer(await send('POST', `/bucket/part?uploadId=${uploadId}`, { body: parts }), 200);
    const { statement } = await eventually(async () => {
      const answer = await send('GET', '/bucket/part?receipt&stream-keys');
      return answer.status === 200 ? (JSON.parse(answer.body) as Stated) : undefined;
    }, 'the receipt of the copy');
    const [extent] = statement.extents;
    const [stream] = statement.files[0]?.streams ?? [];
    assert.equal(stream?.key === null, stream?.ciphertextLength !== ciphertextLength(extent?.length ?? 0));
    assert.deepEqual(statement.object['partSizes'], [5]);
  });

  it('is of the version that the request names', async () => {
    assertAnswer(await send('PUT', '/versions'), 200);
    const enabling = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    assertAnswer(await send('PUT', '/versions?versioning', { body: enabling }), 200);
    const first = headerOf(await send('PUT', '/versions/key', { body: '' }), 'x-amz-version-id');
    assertAnswer(await send('PUT', '/versions/key', { body: '' }), 200);
    const { statement } = await receiptOf(`/versions/key?receipt&versionId=${first}`);
    assert.equal(statement.object['versionId'], first);
    assertAnswer(await send('GET', '/versions/key?receipt&versionId=none'), 400, 'InvalidArgument');
  });

  it('of an empty object names no file', async () => {
    assertAnswer(await send('PUT', '/bucket/empty', { body: '' }), 200);
    const { statement } = await receiptOf('/bucket/empty?receipt');
    assert.deepEqual([statement.object['size'], statement.extents, statement.files], [0, [], []]);
  });
});

describe('a receipt is refused', () => {
  it('to whoever may not read the object', async () => {
    await store('secret', 'content');
    assertAnswer(await send('GET', '/bucket/secret?receipt', anonymous), 403, 'AccessDenied');
    assertAnswer(await send('GET', '/bucket/secret?receipt', foreign), 403, 'AccessDenied');
    const policy = JSON.stringify({
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: accountIdOf(foreignOwner) },
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::bucket/secret',
      },
    });
    assertAnswer(await send('PUT', '/bucket?policy', { body: policy }), 204);
    assertAnswer(await send('GET', '/bucket/secret?receipt', foreign), 200);
  });

  it('for what does not exist, and with query names of other operations', async () => {
    assertAnswer(await send('GET', '/bucket/nothing?receipt'), 404, 'NoSuchKey');
    assertAnswer(await send('GET', '/nowhere/key?receipt'), 404, 'NoSuchBucket');
    assertAnswer(await send('PUT', '/bucket/key?receipt', { body: '' }), 405, 'MethodNotAllowed');
    assertAnswer(await send('GET', '/bucket/empty?receipt&acl'), 501, 'NotImplemented');
    assertAnswer(await send('GET', '/bucket/empty?stream-keys'), 501, 'NotImplemented');
  });

  it('with 503 while a client waits for as many receipts as it may', async () => {
    const answer = createDeferred<undefined>();
    const { finalizedState } = test.chain;
    let begun = 0;
    test.chain.finalizedState = async () => {
      begun++;
      await answer.promise;
      return finalizedState.call(test.chain);
    };
    const waiting = Array.from({ length: 4 }, () => send('GET', '/bucket/empty?receipt'));
    await eventually(() => begun === 4, 'four receipts in progress');
    const fifth = await send('GET', '/bucket/empty?receipt');
    assertAnswer(fifth, 503, 'ServiceUnavailable');
    assert.match(fifth.body, /as many receipts as it can/);
    answer.resolve(undefined);
    for (const one of waiting) assertAnswer(await one, 200);
    test.chain.finalizedState = finalizedState;
  });

  it('with 503 and a time to wait until the chain records the object, and while the chain is away', async () => {
    test.chain.stalled = true;
    assertAnswer(await send('PUT', '/bucket/fresh', { body: 'content' }), 200);
    const early = await send('GET', '/bucket/fresh?receipt');
    assertAnswer(early, 503, 'ServiceUnavailable');
    assert.match(early.body, /The finalized state has no file/);
    assert.equal(headerOf(early, 'retry-after'), '5');
    test.chain.stalled = false;
    await eventually(
      async () => (await send('GET', '/bucket/fresh?receipt')).status === 200,
      'the receipt after the declaration',
    );
    test.chain.isAway = true;
    assertAnswer(await send('GET', '/bucket/fresh?receipt'), 503, 'ServiceUnavailable');
    test.chain.isAway = false;
  });
});

/** As headers have it. */
function crc32(text: string): string {
  let crc = 0xffffffff;
  for (const byte of utf8(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return bytes.toString('base64');
}
