// The spans of a gateway at an OpenTelemetry receiver on a real socket: what they say of requests, and what they never say.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { MetricsRegistry } from '@cess/metrics';
import { Telemetry } from '@cess/telemetry';
import { TestReceiver } from '@cess/telemetry/testing';
import { RawConnection } from '../test-support/raw-s3.js';
import { sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway, testCredentials, testPorts } from '../test-support/test-gateway.js';

interface SentSpan {
  readonly traceId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

const Bucket = 'traced';
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
const customerKey = randomBytes(32);
const token = 'session-token-that-nobody-may-see';
let receiver: TestReceiver;
let test: TestGateway;
let presigned: URL;
let spans: readonly SentSpan[];

const attributesOf = ({ attributes }: SentSpan) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
const find = (key: string, value: string) => {
  const found = spans.filter((span) => attributesOf(span)[key] === value);
  assert.equal(found.length, 1, `one span with ${key} ${value}`);
  return found[0] as SentSpan;
};

/** Runs every request of this file, then stops gateway and export. */
before(async () => {
  receiver = new TestReceiver();
  await receiver.start();
  const registry = new MetricsRegistry();
  const telemetry = new Telemetry({
    ...testPorts,
    metrics: registry,
    receiver: { endpoint: receiver.endpoint, headers: {} },
    origin: { resource: { 'service.name': 'test' }, scope: { name: 'test', version: '1' } },
    intervalMs: 3_600_000,
    sampleRatio: 1,
    metricsText: () => registry.text(),
    startMs: Date.now(),
  });
  await telemetry.start();
  test = await startTestGateway({ metrics: registry, spans: telemetry, s3CustomerKeysOverHttp: true });
  const client = sdkClient(test);
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'plain object', Body: 'content-of-the-object' }));
  await client.send(
    new PutObjectCommand({
      Bucket,
      Key: 'sealed',
      Body: 'content',
      SSECustomerAlgorithm: 'AES256',
      SSECustomerKey: customerKey.toString('base64'),
      SSECustomerKeyMD5: createHash('md5').update(customerKey).digest('base64'),
    }),
  );
  await client.send(new GetObjectCommand({ Bucket, Key: 'missing' })).catch(() => undefined);
  presigned = new URL(await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'plain object' })));
  await fetch(presigned, { headers: { traceparent } }).then((answer) => answer.text());
  const foreign = new URL(presigned);
  foreign.searchParams.set('X-Amz-Security-Token', token);
  await fetch(foreign, { headers: { traceparent: traceparent.replace(traceId, '0'.repeat(32)) } });
  await fetch(presigned, { headers: { traceparent: traceparent.replace(/01$/, '00') } });
  const { host, pathname, search } = presigned;
  const connection = new RawConnection(test.gateway.s3Endpoint);
  connection.write(
    `GET http://user:password-in-url@${host}${pathname}-absolute${search} HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
  );
  await connection.answer();
  connection.close();
  await test.stop();
  await telemetry.stop();
  spans = (receiver.of('traces') as { resourceSpans: { scopeSpans: { spans: SentSpan[] }[] }[] }[])
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap((scope) => scope.spans);
});
after(() => receiver.stop());

describe('OBS: the span of a request', () => {
  it('continues the trace of the client and has the attributes of HTTP servers and the AWS API', () => {
    const span = spans.find((one) => one.traceId === traceId);
    assert.ok(span !== undefined);
    assert.deepEqual([span.name, span.parentSpanId, span.status], ['S3/GetObject', '00f067aa0ba902b7', {}]);
    const { 'aws.request_id': requestId, 'server.port': port, ...others } = attributesOf(span);
    assert.match(String(requestId), /^[0-9A-F]{16}$/);
    assert.equal(port, presigned.port);
    assert.deepEqual(others, {
      'http.request.method': 'GET',
      'http.response.status_code': '200',
      'url.scheme': 'http',
      'url.path': `/${Bucket}/plain%20object`,
      'server.address': presigned.hostname,
      'client.address': '127.0.0.1',
      'network.protocol.version': '1.1',
      'rpc.system': 'aws-api',
      'rpc.service': 'S3',
      'rpc.method': 'GetObject',
      'aws.s3.bucket': Bucket,
      'aws.s3.key': 'plain object',
    });
    assert.ok(BigInt(span.endTimeUnixNano) > BigInt(span.startTimeUnixNano));
  });

  it('has the error code of a refusal, which is no error of the server', () => {
    const span = find('aws.s3.key', 'missing');
    const { 'error.type': error, 'http.response.status_code': status } = attributesOf(span);
    assert.deepEqual([error, status, span.status], ['NoSuchKey', '404', {}]);
  });

  it('is left out when the client does not sample its trace, and begins a trace after an invalid header', () => {
    const reads = spans.filter(
      (span) => attributesOf(span)['aws.s3.key'] === 'plain object' && span.name !== 'S3/PutObject',
    );
    assert.equal(reads.length, 2);
    const [begun] = reads.filter((span) => span.traceId !== traceId);
    assert.equal(begun?.parentSpanId, undefined);
  });

  it('has the path alone of a target in absolute form', () => {
    assert.equal(
      attributesOf(find('aws.s3.key', 'plain object-absolute'))['url.path'],
      `/${Bucket}/plain%20object-absolute`,
    );
  });
});

describe('OBS: no message to OpenTelemetry', () => {
  it('holds signatures, credentials, tokens, keys of customers, queries or contents', () => {
    const sent = JSON.stringify(receiver.received.map(({ body }) => body));
    assert.match(sent, /aws\.s3\.key.*sealed/);
    const signature = presigned.searchParams.get('X-Amz-Signature') ?? assert.fail('the URL is signed');
    const secrets = {
      signature,
      token,
      credential: presigned.searchParams.get('X-Amz-Credential') ?? testCredentials.accessKeyId,
      accessKey: testCredentials.accessKeyId,
      secretKey: testCredentials.secretAccessKey,
      customerKey: customerKey.toString('base64'),
      customerKeyMd5: createHash('md5').update(customerKey).digest('base64'),
      password: 'password-in-url',
      parameter: 'X-Amz-',
      content: 'content-of-the-object',
    };
    for (const [what, secret] of Object.entries(secrets))
      assert.ok(!sent.toLowerCase().includes(secret.toLowerCase()), `${what} is not exported`);
  });
});

describe('OBS: the metrics of a gateway', () => {
  it('arrive as they stand in its registry', () => {
    const names = JSON.stringify(receiver.of('metrics'));
    assert.match(names, /"cess_gateway_s3_requests_total"/);
    assert.match(names, /"cess_gateway_s3_request_seconds","description":"[^"]*","unit":"s","histogram"/);
  });
});
