// Delivery of a queue to a scripted receiver, with a clock that the test sets: order, retries, age and restarts.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ObjectIndex, type StoredMessage } from '@cess/object-index';
import { noMetrics } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { createMemoryKv, type Kv } from '@cess/store';
import { testPorts } from '../test-support/test-gateway.js';
import { Delivery } from './delivery.js';
import { DeliveryCounters, type DropReason } from './delivery-counters.js';
import type { SignedMessage } from './signature.js';
import type { SendOutcome } from './webhook-sender.js';

const signal = new AbortController().signal;
const delivered: SendOutcome = { result: 'delivered' };
const rejected: SendOutcome = { result: 'rejected', reason: '400' };
const unavailable: SendOutcome = { result: 'unavailable', reason: '503' };

class RecordedCounters extends DeliveryCounters {
  readonly drops: (readonly [DropReason, number])[] = [];
  constructor() {
    super(noMetrics, () => []);
  }
  override dropped(_target: string, reason: DropReason, messages = 1): void {
    this.drops.push([reason, messages]);
  }
}

let kv: Kv;
let nowMs: number;
let index: ObjectIndex;
let sent: string[];
/** How long the loop rests after each run. */
let rests: number[];
let answer: (message: SignedMessage) => SendOutcome | Promise<SendOutcome>;
let counters: RecordedCounters;
let delivery: Delivery;

/** Starts index and delivery over the same store, as a restart does. */
function open(): void {
  index = new ObjectIndex(kv, { nowMs: () => nowMs, randomBytes: (length) => new Uint8Array(length) });
  counters = new RecordedCounters();
  delivery = new Delivery({
    ...testPorts,
    rng: { bytes: (length) => new Uint8Array(length).fill(255) },
    timers: {
      nowMs: () => nowMs,
      sleep: (ms, signal) => {
        rests.push(ms);
        return testPorts.timers.sleep(3_600_000, signal);
      },
    },
    target: { name: 'hook', url: 'http://hook.example', key: new Uint8Array(24), maxAgeMs: 100_000 },
    queues: index.messages,
    counters,
    pauses: { leastMs: 1_000, mostMs: 8_000 },
    sender: {
      close: () => {},
      send: async (message) => {
        sent.push(message.id);
        return answer(message);
      },
    },
  });
}

beforeEach(() => {
  kv = createMemoryKv();
  nowMs = 1_000_000;
  sent = [];
  rests = [];
  answer = () => delivered;
  open();
});

const queue = (id: string, lane = id) =>
  index.enqueue('hook', { id, lane, createdAtMs: nowMs, body: new Uint8Array([1]) });
const left = async (): Promise<string[]> =>
  (await index.messages.read('hook', 1000, assert.ifError)).map(({ id }: StoredMessage) => id);

async function runAt(timeMs: number): Promise<string[]> {
  nowMs = timeMs;
  sent = [];
  while ((await delivery.run(signal)) === 'again');
  return sent;
}

describe('the delivery of messages', () => {
  it('sends each message once, and those of one lane in their order', async () => {
    for (let number = 0; number < 600; number++) await queue(`${number}`, `lane ${number % 7}`);
    await runAt(nowMs);
    assert.equal(sent.length, 600);
    assert.deepEqual(await left(), []);
    for (let lane = 0; lane < 7; lane++) {
      const ofLane = sent.map(Number).filter((number) => number % 7 === lane);
      assert.deepEqual(
        ofLane,
        ofLane.toSorted((a, b) => a - b),
      );
    }
  });

  it('keeps a message that the receiver rejects, with those behind it in its lane, and sends the others', async () => {
    await queue('bad', 'a');
    await queue('behind', 'a');
    await queue('good', 'b');
    answer = ({ id }) => (id === 'bad' ? rejected : delivered);
    assert.deepEqual((await runAt(nowMs)).toSorted(), ['bad', 'good']);
    assert.deepEqual(await left(), ['bad', 'behind']);
    assert.deepEqual(await runAt(nowMs + 999), []);
    answer = () => delivered;
    assert.deepEqual(await runAt(nowMs + 1), ['bad', 'behind']);
  });

  it('sends a message behind any number that wait for their retry', async () => {
    for (let number = 0; number < 600; number++) await queue(`bad ${number}`);
    for (let number = 0; number < 5_000; number++) await queue(`behind ${number}`, 'bad 0');
    await queue('good');
    answer = ({ id }) => (id.startsWith('bad') ? rejected : delivered);
    assert.equal((await runAt(nowMs)).length, 601);
    assert.ok(sent.includes('good'));
    assert.equal((await left()).length, 1_000);
    await queue('later');
    assert.deepEqual(await runAt(nowMs + 1), ['later']);
  });

  it('sends new messages between the retries of those that the receiver rejects again and again', async () => {
    for (let number = 0; number < 600; number++) await queue(`bad ${number}`);
    answer = () => rejected;
    await runAt(nowMs);
    await queue('new');
    answer = ({ id }) => (id === 'new' ? delivered : rejected);
    const retried = await runAt(nowMs + 1_000);
    assert.ok(retried.length <= 65, `${retried.length} messages are sent`);
    assert.ok(retried.includes('new'));
  });

  it('retries every rejected message, and sends all in the order of their lanes once the receiver takes them', async () => {
    for (let number = 0; number < 600; number++) await queue(`${number}`, `lane ${number % 300}`);
    answer = () => rejected;
    const retried = new Set<string>();
    for (let elapsed = 0; elapsed < 30_000; elapsed += 1_000)
      for (const id of await runAt(1_000_000 + elapsed)) retried.add(id);
    assert.equal(retried.size, 300);
    answer = () => delivered;
    const order = await runAt(nowMs + 10_000);
    assert.equal(order.length, 600);
    for (let lane = 0; lane < 300; lane++) assert.ok(order.indexOf(`${lane}`) < order.indexOf(`${lane + 300}`));
    assert.deepEqual(await left(), []);
  });

  it('sends what follows an expired message in its lane', async () => {
    await queue('old', 'a');
    answer = () => rejected;
    await runAt(nowMs);
    nowMs += 50_000;
    await queue('next', 'a');
    answer = () => delivered;
    assert.deepEqual(await runAt(nowMs + 50_001), ['next']);
  });

  it('rests until the next retry when a receiver that was unavailable rejects the message', async () => {
    await queue('one');
    answer = () => unavailable;
    await delivery.start();
    await eventually(() => rests.length === 1, 'the delivery rests');
    nowMs += 1_000;
    answer = () => rejected;
    delivery.trigger();
    await eventually(() => rests.length === 2, 'the delivery rests again');
    await delivery.stop();
    assert.deepEqual(rests, [1_000, 1_000]);
  });

  it('waits longer after each failure of an unavailable receiver, up to the longest pause', async () => {
    await queue('one');
    answer = () => unavailable;
    const times: number[] = [];
    for (let elapsed = 0; elapsed < 40_000; elapsed += 500)
      if ((await runAt(1_000_000 + elapsed)).length > 0) times.push(elapsed);
    assert.deepEqual(times, [0, 1_000, 3_000, 7_000, 15_000, 23_000, 31_000, 39_000]);
  });

  it('waits as long as the receiver asks for', async () => {
    await queue('one');
    answer = () => ({ ...unavailable, retryAfterMs: 30_000 });
    await runAt(nowMs);
    assert.deepEqual(await runAt(nowMs + 29_999), []);
    assert.deepEqual(await runAt(nowMs + 1), ['one']);
  });

  it('asks an unavailable receiver with at most as many messages as it sends at a time', async () => {
    for (let number = 0; number < 100; number++) await queue(`${number}`);
    answer = () => unavailable;
    assert.ok((await runAt(nowMs)).length <= 8);
    assert.equal((await left()).length, 100);
  });

  it('drops messages that are too old, and says so', async () => {
    await queue('old');
    nowMs += 50_000;
    await queue('new');
    assert.deepEqual(await runAt(nowMs + 50_001), ['new']);
    assert.deepEqual(counters.drops, [['expired', 1]]);
    assert.deepEqual(await left(), []);
  });

  it('sends after a restart what was not delivered, with the same ids', async () => {
    await queue('one');
    await queue('two');
    answer = ({ id }) => (id === 'one' ? delivered : rejected);
    await runAt(nowMs);
    open();
    answer = () => delivered;
    assert.deepEqual(await runAt(nowMs), ['two']);
  });

  it('keeps a message while its answer is on the way when the gateway stops', async () => {
    await queue('one');
    answer = () => Promise.reject(new Error('aborted'));
    await assert.rejects(delivery.run(signal));
    assert.deepEqual(await left(), ['one']);
  });
});
