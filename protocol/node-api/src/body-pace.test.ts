import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delay } from '@cess/primitives';
import { defaultBodyPace, pacedBody } from './body-pace.js';

async function lengthOf(body: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const chunk of body) length += chunk.length;
  return length;
}

test('a body that stalls is refused with 408, also while its next chunk never comes', async () => {
  async function* stalled(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10);
    await new Promise(() => {});
  }
  await assert.rejects(lengthOf(pacedBody(stalled(), { minBytes: 100, windowMs: 20 })), {
    status: 408,
    code: 'BODY_TOO_SLOW',
  });
});

test('a body that trickles is refused although it never stalls', async () => {
  async function* trickle(): AsyncGenerator<Uint8Array> {
    for (;;) {
      await delay(1);
      yield new Uint8Array(1);
    }
  }
  await assert.rejects(lengthOf(pacedBody(trickle(), { minBytes: 1_000_000, windowMs: 30 })), {
    code: 'BODY_TOO_SLOW',
  });
});

test('time that the reader takes between chunks does not count, and a short body is whole', async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10);
    yield new Uint8Array(20);
  }
  let length = 0;
  for await (const chunk of pacedBody(chunks(), { minBytes: 1_000, windowMs: 40 })) {
    await delay(60);
    length += chunk.length;
  }
  assert.equal(length, 30);
});

test('STORE-15: the least rate keeps a link of 16 KiB/s, with a margin', () => {
  const { minBytes, windowMs } = defaultBodyPace;
  assert.ok((minBytes / windowMs) * 1000 * 8 <= 16 * 1024);
});
