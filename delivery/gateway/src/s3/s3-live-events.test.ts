// The live stream of events: both forms, filters, resumption, and its end.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { eventually } from '@cess/primitives/testing';
import { RawConnection, type RawRequest, signedHead } from '../test-support/raw-s3.js';
import { sdkClient } from '../test-support/sdk-client.js';
import { foreignCredentials, startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

let gateway: TestGateway;
let client: S3Client;
let buckets = 0;
let bucket: string;
before(async () => {
  gateway = await startTestGateway({ hasForeignAccount: true });
  client = sdkClient(gateway);
});
after(() => gateway.stop());

const streams: Stream[] = [];
afterEach(() => {
  for (const stream of streams.splice(0)) stream.close();
});

const put = (Key: string) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key }));
const createBucket = async () => {
  bucket = `live-${++buckets}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
};

/** The text that a request for the stream receives. */
class Stream {
  text = '';
  isOver = false;
  readonly #connection: RawConnection;

  constructor(head: string) {
    this.#connection = new RawConnection(gateway.gateway.s3Endpoint);
    this.#connection.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
    });
    this.#connection.socket.on('close', () => {
      this.isOver = true;
    });
    this.#connection.socket.on('end', () => {
      this.isOver = true;
    });
    this.#connection.write(head);
    streams.push(this);
  }

  until(pattern: RegExp): Promise<RegExpExecArray> {
    return eventually(
      () => pattern.exec(this.text) ?? undefined,
      () => `${pattern} in ${this.text}`,
    );
  }

  /** Keys of the events so far. */
  get keys(): string[] {
    return [...this.text.matchAll(/"object":\{"key":"([^"]*)"/g)].map(([, key = '']) => key);
  }

  close(): void {
    this.#connection.close();
  }
}

const sse = { accept: 'text/event-stream' };

async function listen(query: Readonly<Record<string, string>>, more: Partial<RawRequest> = {}): Promise<Stream> {
  const request = { method: 'GET', path: `/${bucket}`, query: { events: '', ...query }, headers: sse, ...more };
  const stream = new Stream(await signedHead(request));
  await stream.until(/\r\n\r\n/);
  return stream;
}

describe('the live stream of events', () => {
  it('shows changes as server-sent events, of a bucket without a notification configuration', async () => {
    await createBucket();
    const stream = await listen({});
    await stream.until(/content-type: text\/event-stream[\s\S]*: alive\n\n/);
    await put('a b');
    const [, id, data = ''] = await stream.until(/id: ([0-9A-F]{16})\nevent: ObjectCreated:Put\ndata: (.*)\n\n/);
    const { Records } = JSON.parse(data) as { Records: { s3: { object: { key: string; sequencer: string } } }[] };
    assert.deepEqual(Records[0]?.s3.object.key, 'a+b');
    assert.deepEqual(Records[0]?.s3.object.sequencer, id);
  });

  it('shows changes as lines of JSON to MinIO’s clients', async () => {
    await createBucket();
    const stream = await listen({}, { headers: {} });
    await put('k');
    const [, line = ''] = await stream.until(/(\{"Records":.*\})\n/);
    assert.equal((JSON.parse(line) as { Records: { eventName: string }[] }).Records[0]?.eventName, 'ObjectCreated:Put');
  });

  it('filters by event, prefix, suffix and bucket', async () => {
    await createBucket();
    const stream = await listen({ events: 's3:ObjectRemoved:*', prefix: 'a', suffix: 'z' });
    const first = bucket;
    for (const Key of ['az', 'ay', 'bz']) {
      await put(Key);
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    }
    await createBucket();
    await put('az');
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'az' }));
    bucket = first;
    await put('a-end-z');
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a-end-z' }));
    await stream.until(/a-end-z/);
    assert.deepEqual(stream.keys, ['az', 'a-end-z']);
  });

  it('goes on behind the last event that a client has seen, and says when it cannot know', async () => {
    await createBucket();
    const stream = await listen({});
    await put('1');
    const [, id = ''] = await stream.until(/id: (.*)\nevent: ObjectCreated:Put/);
    stream.close();
    await put('2');
    await put('3');
    const resumed = await listen({}, { headers: { ...sse, 'last-event-id': id } });
    await resumed.until(/"key":"3"/);
    assert.deepEqual(resumed.keys, ['2', '3']);
    assert.doesNotMatch(resumed.text, /event: gap/);
    const unknown = await listen({}, { headers: { ...sse, 'last-event-id': '0000000000000001' } });
    await unknown.until(/event: gap[\s\S]*"key":"1"/);
  });

  it('ends when the bucket is deleted, with the reason', async () => {
    await createBucket();
    const stream = await listen({});
    await client.send(new DeleteBucketCommand({ Bucket: bucket }));
    await stream.until(/event: end\ndata: \{"reason":"Access denied."\}/);
    await eventually(() => stream.isOver, 'the end of the connection');
  });

  it('is refused for unknown events, missing buckets, strangers and anonymous callers', async () => {
    await createBucket();
    const code = async (more: Partial<RawRequest>) => {
      const connection = new RawConnection(gateway.gateway.s3Endpoint);
      const request = { method: 'GET', path: `/${bucket}`, query: { events: '' }, ...more };
      connection.write(await signedHead(request));
      const answer = await connection.answer();
      connection.close();
      return answer?.code;
    };
    assert.equal(await code({ query: { events: 's3:Nothing' } }), 'InvalidArgument');
    assert.equal(await code({ path: '/missing' }), 'NoSuchBucket');
    assert.equal(await code({ credentials: foreignCredentials }), 'AccessDenied');
    assert.equal(await code({ credentials: 'none' }), 'AccessDenied');
  });

  it('takes 32 clients of one account, and then still those of another', async () => {
    await createBucket();
    const own = bucket;
    for (let number = 0; number < 32; number++) await listen({});
    const refused = await listen({});
    await refused.until(/SlowDown/);
    bucket = 'live-of-foreign';
    const credentials = foreignCredentials;
    await sdkClient(gateway, { credentials }).send(new CreateBucketCommand({ Bucket: bucket }));
    const foreign = await listen({}, { credentials });
    assert.match(foreign.text, /^HTTP\/1.1 200/);
    bucket = own;
    const stillRefused = await listen({});
    await stillRefused.until(/SlowDown/);
    for (const stream of streams.splice(0)) stream.close();
    await eventually(async () => {
      const again = await listen({});
      const isServed = again.text.startsWith('HTTP/1.1 200');
      again.close();
      return isServed;
    }, 'room for another client');
  });
});
