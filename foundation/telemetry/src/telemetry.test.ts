// Spans and metrics at a receiver on a real socket, held against the published messages.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { MetricsRegistry } from '@cess/metrics';
import { silentLogger, systemTimers, throwFatal, webRng } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import type { ServerSpan } from './spans.js';
import { Telemetry, type TelemetryInit } from './telemetry.js';
import { metricsSchema, tracesSchema } from './test-support/otlp-schema.js';
import { TestReceiver } from './testing.js';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const span: ServerSpan = {
  name: 'S3/PutObject',
  startMs: 1_767_225_600_000.125,
  endMs: 1_767_225_600_250,
  attributes: { 'http.request.method': 'PUT', 'http.response.status_code': 200, 'test.absent': undefined },
  isError: false,
};

let receiver: TestReceiver;
let registry: MetricsRegistry;
beforeEach(async () => {
  receiver = new TestReceiver();
  registry = new MetricsRegistry();
  await receiver.start();
});
afterEach(() => receiver.stop());

const create = (options: Partial<TelemetryInit> = {}) =>
  new Telemetry({
    timers: systemTimers,
    rng: webRng,
    logger: silentLogger,
    metrics: registry,
    onFatal: throwFatal,
    receiver: { endpoint: receiver.endpoint, headers: {} },
    origin: { resource: { 'service.name': 'test' }, scope: { name: '@cess/test', version: '1' } },
    intervalMs: 3_600_000,
    sampleRatio: 1,
    metricsText: () => registry.text(),
    startMs: 1_767_225_600_000,
    ...options,
  });
const spansAt = (at: TestReceiver) =>
  at
    .of('traces')
    .flatMap((body) => tracesSchema.parse(body).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans);
const dropped = async (reason: string) =>
  new RegExp(`cess_telemetry_dropped_spans_total\\{reason="${reason}"\\} (\\d+)`).exec(await registry.text())?.[1];

describe('spans', () => {
  it('arrive as OTLP defines them, below the span of the client', async () => {
    const telemetry = create();
    await telemetry.start();
    telemetry.record(traceparent, () => span);
    telemetry.record(undefined, () => ({ ...span, isError: true }));
    await telemetry.stop();
    const [continued, begun] = spansAt(receiver);
    assert.deepEqual(
      { ...continued, spanId: '' },
      {
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId: '',
        parentSpanId: '00f067aa0ba902b7',
        flags: 0x301,
        name: 'S3/PutObject',
        kind: 2,
        startTimeUnixNano: '1767225600000125000',
        endTimeUnixNano: '1767225600250000000',
        attributes: [
          { key: 'http.request.method', value: { stringValue: 'PUT' } },
          { key: 'http.response.status_code', value: { intValue: '200' } },
        ],
        status: {},
      },
    );
    assert.deepEqual([begun?.parentSpanId, begun?.flags, begun?.status], [undefined, 0x101, { code: 2 }]);
    const [of] = tracesSchema.parse(receiver.of('traces')[0]).resourceSpans;
    assert.deepEqual(of?.resource, { attributes: [{ key: 'service.name', value: { stringValue: 'test' } }] });
  });

  it('have long texts cut between characters: a receiver rejects a message with half of one', async () => {
    const telemetry = create();
    await telemetry.start();
    // The cut falls into the last of these characters, which take two code units each.
    telemetry.record(undefined, () => ({ ...span, attributes: { key: `a${'😀'.repeat(512)}` } }));
    await telemetry.stop();
    assert.deepEqual(spansAt(receiver)[0]?.attributes, [
      { key: 'key', value: { stringValue: `a${'😀'.repeat(511)}` } },
    ]);
  });

  it('are not made for traces that the client or the ratio leaves out', () => {
    const describe = () => assert.fail('a span was made');
    create().record(traceparent.replace(/01$/, '00'), describe);
    create({ sampleRatio: 0 }).record(traceparent, describe);
  });

  it('are sent as soon as a batch is full, long before the interval', async () => {
    const telemetry = create();
    await telemetry.start();
    for (let i = 0; i < 512; i++) telemetry.record(undefined, () => span);
    await eventually(() => spansAt(receiver).length === 512, 'a full batch arrives');
    await telemetry.stop();
  });

  it('beyond the queue are dropped and counted while the receiver hangs, and none of the others is lost', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    receiver.answer = (response) => void released.then(() => response.end('{}'));
    const telemetry = create();
    await telemetry.start();
    for (let i = 0; i < 512; i++) telemetry.record(undefined, () => span);
    await eventually(() => receiver.received.length === 1, 'the first batch is under way');
    for (let i = 0; i < 2_100; i++) telemetry.record(undefined, () => span);
    assert.equal(await dropped('full'), '52');
    release();
    await telemetry.stop();
    const spans = spansAt(receiver);
    assert.equal(spans.length, 512 + 2_048);
    assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, spans.length);
    assert.ok(receiver.of('traces').every((body) => tracesSchema.parse(body).resourceSpans.length === 1));
  });

  it('that the receiver refuses, all or some, are counted', async () => {
    receiver.answer = (response, { path }) =>
      path === '/v1/traces' ? response.writeHead(400).end() : response.end('{}');
    const refused = create();
    refused.record(undefined, () => span);
    await refused.stop();
    assert.equal(await dropped('rejected'), '1');
    receiver.answer = (response) => response.end('{"partialSuccess":{"rejectedSpans":"2"}}');
    const partly = create();
    partly.record(undefined, () => span);
    await partly.stop();
    assert.equal(await dropped('rejected'), '3');
    assert.match(await registry.text(), /cess_telemetry_exports_total\{signal="traces",result="rejected"\} 1/);
  });
});

describe('a stop', () => {
  it('does not wait for a receiver that hangs, beyond the time limit', async () => {
    receiver.answer = () => {};
    const telemetry = create({ flushTimeoutMs: 50 });
    await telemetry.start();
    telemetry.record(undefined, () => span);
    await telemetry.stop();
    await telemetry.stop();
    assert.equal(receiver.of('traces').length, 1);
  });

  it('ends the pause before a retry, and delivers the batch that waited', async () => {
    receiver.answer = (response) => response.writeHead(429, { 'retry-after': '59' }).end();
    const telemetry = create();
    await telemetry.start();
    for (let i = 0; i < 512; i++) telemetry.record(undefined, () => span);
    await eventually(() => receiver.received.length === 1, 'the batch is refused');
    receiver.answer = (response) => response.end('{}');
    await telemetry.stop();
    assert.equal(spansAt(receiver).length, 1024, 'refused once, delivered once');
  });
});

describe('metrics', () => {
  it('arrive as OTLP defines them: counters as monotonic sums, gauges, histograms with explicit bounds', async () => {
    registry.counter({ name: 'cess_test_things_total', help: 'Things', labels: ['kind'] }).add(3, { kind: 'a"\n' });
    registry.gauge({ name: 'cess_test_level_bytes', help: 'A level' }).set(-1.5);
    registry.gauge({ name: 'cess_test_empty', help: 'Nothing to read' }, () => undefined);
    const work = registry.histogram({
      name: 'cess_test_work_seconds',
      help: 'Work',
      labels: ['step'],
      buckets: [0.1, 1],
    });
    for (const seconds of [0.05, 0.5, 0.7, 5]) work.observe(seconds, { step: 'x' });
    work.observe(2, { step: 'y' });
    await create().stop();
    const [body] = receiver.of('metrics');
    const metrics = metricsSchema
      .parse(body)
      .resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap(({ metrics }) => metrics);
    const withoutTime = JSON.parse(
      JSON.stringify(metrics, (key, value: unknown) => (key === 'timeUnixNano' ? undefined : value)),
    ) as unknown;
    const startTimeUnixNano = '1767225600000000000';
    const label = (key: string, stringValue: string) => ({
      startTimeUnixNano,
      attributes: [{ key, value: { stringValue } }],
    });
    assert.deepEqual(withoutTime, [
      {
        name: 'cess_test_things_total',
        description: 'Things',
        sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...label('kind', 'a"\n'), asDouble: 3 }] },
      },
      {
        name: 'cess_test_level_bytes',
        description: 'A level',
        unit: 'By',
        gauge: { dataPoints: [{ startTimeUnixNano, attributes: [], asDouble: -1.5 }] },
      },
      {
        name: 'cess_test_work_seconds',
        description: 'Work',
        unit: 's',
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [
            { ...label('step', 'x'), count: '4', sum: 6.25, bucketCounts: ['1', '2', '1'], explicitBounds: [0.1, 1] },
            { ...label('step', 'y'), count: '1', sum: 2, bucketCounts: ['0', '0', '1'], explicitBounds: [0.1, 1] },
          ],
        },
      },
    ]);
  });

  it('are sent at the interval', async () => {
    const telemetry = create({ intervalMs: 10 });
    await telemetry.start();
    await eventually(() => receiver.of('metrics').length >= 3, 'three exports');
    await telemetry.stop();
  });
});
