// Retries as OTLP demands, against a receiver on a real socket.
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Logger, silentLogger, type Timers, webRng } from '@cess/primitives';
import { OtlpSender, type SendSignals } from './otlp-sender.js';
import { TestReceiver } from './testing.js';

const receiver = new TestReceiver();
before(() => receiver.start());
after(() => receiver.stop());
let pauses: number[] = [];
beforeEach(() => {
  pauses = [];
  receiver.received.length = 0;
});

const nowMs = Date.UTC(2026, 0, 1);
/** Pauses pass at once. */
const timers: Timers = {
  nowMs: () => nowMs,
  async sleep(ms) {
    pauses.push(ms);
  },
};
const never: SendSignals = { retrying: new AbortController().signal, sending: new AbortController().signal };
const senderTo = (endpoint: string, logger: Logger = silentLogger) =>
  new OtlpSender({
    receiver: { endpoint, headers: { authorization: 'Bearer secret-token' } },
    signal: 'traces',
    timers,
    rng: webRng,
    logger,
  });
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(code, headers).end('{}');
  };
/** One answer after the other; the last repeats. */
function answerWith(...answers: ((response: ServerResponse) => void)[]): void {
  let index = 0;
  receiver.answer = (response) => answers[Math.min(index++, answers.length - 1)]?.(response);
}

describe('a message over OTLP', () => {
  it('is a POST of JSON to the path of its signal, with the headers of the configuration', async () => {
    answerWith(status(200));
    const outcome = await senderTo(`${receiver.endpoint}/otlp/`).send({ some: 'message' }, never);
    assert.deepEqual(outcome, { result: 'delivered', rejectedItems: 0 });
    const [{ path, headers, body }] = receiver.received as [(typeof receiver.received)[number]];
    assert.deepEqual([path, body], ['/otlp/v1/traces', { some: 'message' }]);
    assert.deepEqual([headers['content-type'], headers.authorization], ['application/json', 'Bearer secret-token']);
  });

  for (const code of [429, 502, 503, 504]) {
    it(`is sent again after ${code}, with pauses that grow`, async () => {
      answerWith(status(code), status(code), status(200));
      assert.equal((await senderTo(receiver.endpoint).send({}, never)).result, 'delivered');
      const [first = 0, second = 0] = pauses;
      assert.equal(pauses.length, 2);
      assert.ok(first > 500 && first <= 1_000 && second > 1_000 && second <= 2_000, String(pauses));
    });
  }

  for (const code of [301, 400, 401, 404, 413, 500, 501]) {
    it(`is not sent again after ${code}`, async () => {
      answerWith(status(code, { location: '/elsewhere' }));
      assert.deepEqual((await senderTo(receiver.endpoint).send({}, never)).result, 'rejected');
      assert.deepEqual([receiver.received.length, pauses], [1, []]);
    });
  }

  it('waits as long as Retry-After says, in seconds or until a date', async () => {
    const date = new Date(nowMs + 30_000).toUTCString();
    answerWith(status(429, { 'retry-after': '7' }), status(503, { 'retry-after': date }), status(200));
    await senderTo(receiver.endpoint).send({}, never);
    assert.deepEqual(pauses, [7_000, 30_000]);
  });

  it('is given up when Retry-After asks for more than a minute', async () => {
    answerWith(status(429, { 'retry-after': '3600' }));
    assert.deepEqual(await senderTo(receiver.endpoint).send({}, never), { result: 'unavailable' });
    assert.deepEqual(pauses, []);
  });

  it('is given up after five attempts, also when nobody listens', async () => {
    const silent = new TestReceiver();
    await silent.start();
    const { endpoint } = silent;
    await silent.stop();
    assert.deepEqual(await senderTo(endpoint).send({}, never), { result: 'unavailable' });
    assert.equal(pauses.length, 4);
  });

  it('tells what a partial success left out, and does not send it again', async () => {
    answerWith((response) =>
      response.end(JSON.stringify({ partialSuccess: { rejectedSpans: '3', errorMessage: 'x' } })),
    );
    assert.deepEqual(await senderTo(receiver.endpoint).send({}, never), { result: 'delivered', rejectedItems: 3 });
    for (const answer of [
      '',
      'not JSON',
      'null',
      '{"partialSuccess":null}',
      '{"partialSuccess":{"rejectedSpans":-1}}',
    ]) {
      answerWith((response) => response.end(answer));
      assert.deepEqual(await senderTo(receiver.endpoint).send({}, never), { result: 'delivered', rejectedItems: 0 });
    }
  });

  it('takes an answer of any length, and reads only the beginning', async () => {
    answerWith((response) => response.end('x'.repeat(1_000_000)));
    assert.equal((await senderTo(receiver.endpoint).send({}, never)).result, 'delivered');
  });

  it('is interrupted when retries end, and its attempt when sending ends', async () => {
    answerWith(status(503));
    const retrying = AbortSignal.abort();
    assert.deepEqual(await senderTo(receiver.endpoint).send({}, { ...never, retrying }), { result: 'interrupted' });
    assert.equal(receiver.received.length, 1);
    const sending = new AbortController();
    answerWith(() => sending.abort());
    const outcome = await senderTo(receiver.endpoint).send({}, { retrying, sending: sending.signal });
    assert.deepEqual(outcome, { result: 'interrupted' });
  });

  it('logs a failure once and its end once, without the headers', async () => {
    const lines: string[] = [];
    const note = (fields: object, message: string) => void lines.push(`${JSON.stringify(fields)} ${message}`);
    const sender = senderTo(receiver.endpoint, { ...silentLogger, warn: note, info: note });
    answerWith(status(503), status(503), status(401), status(200));
    await sender.send({}, never);
    await sender.send({}, never);
    assert.deepEqual(lines, [
      '{"signal":"traces","cause":"the receiver answers 503"} OpenTelemetry messages cannot be delivered',
      '{"signal":"traces","cause":"the receiver answers 401"} OpenTelemetry messages cannot be delivered',
      '{"signal":"traces"} OpenTelemetry messages are delivered again',
    ]);
  });
});
