// The stream of server-sent events, as its bytes come.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseStream } from './watch.js';

const text =
  ': alive\n\nid: 0A\nevent: ObjectCreated:Put\ndata: {"key":"ä: b"}\n\n: alive\n\nevent: gap\ndata: {}\n\nid: 0B\n';
const events = [
  { id: '0A', name: 'ObjectCreated:Put', data: '{"key":"ä: b"}' },
  { id: undefined, name: 'gap', data: '{}' },
];

async function parsed(bytes: Buffer, size: number): Promise<unknown[]> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const found: unknown[] = [];
  for await (const event of parseStream(chunks())) found.push(event);
  return found;
}

describe('a stream of events', () => {
  it('is the same however its bytes are cut, without comments and without an event that is not whole', async () => {
    for (const size of [1, 2, 7, 1000]) assert.deepEqual(await parsed(Buffer.from(text), size), events);
  });
});
