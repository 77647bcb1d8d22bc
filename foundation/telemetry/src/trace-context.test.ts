import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { webRng } from '@cess/primitives';
import { continueTrace, isInShare } from './trace-context.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentSpanId = '00f067aa0ba902b7';
const valid = `00-${traceId}-${parentSpanId}-01`;

describe('the trace of a request', () => {
  it('is that of the client, with a new span below the span of the client', () => {
    const context = continueTrace(valid, webRng);
    assert.deepEqual({ ...context, spanId: '' }, { traceId, spanId: '', parentSpanId, isSampled: true });
    assert.match(context.spanId, /^[0-9a-f]{16}$/);
    assert.notEqual(context.spanId, parentSpanId);
  });

  it('is not sampled when the client says so, whatever the other flags are', () => {
    assert.equal(continueTrace(`00-${traceId}-${parentSpanId}-00`, webRng).isSampled, false);
    assert.equal(continueTrace(`00-${traceId}-${parentSpanId}-fe`, webRng).isSampled, false);
    assert.equal(continueTrace(`00-${traceId}-${parentSpanId}-03`, webRng).isSampled, true);
  });

  it('is read from later versions of the header, which may have more fields', () => {
    assert.equal(continueTrace(`cc-${traceId}-${parentSpanId}-01-what-else`, webRng).traceId, traceId);
    assert.equal(continueTrace(`cc-${traceId}-${parentSpanId}-01`, webRng).traceId, traceId);
  });

  for (const [what, header] of [
    ['no header', undefined],
    ['an empty header', ''],
    ['two headers', `${valid}, ${valid}`],
    ['version ff', valid.replace(/^00/, 'ff')],
    ['capital letters', valid.toUpperCase()],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${parentSpanId}-01`],
    ['a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['a short trace id', `00-${traceId.slice(1)}-${parentSpanId}-01`],
    ['more fields in version 00', `${valid}-more`],
    ['more characters in a later version', `cc-${traceId}-${parentSpanId}-01.more`],
    ['space around it', ` ${valid}`],
    ['a line feed at its end', `${valid}\n`],
  ] as const) {
    it(`begins anew with ${what}`, () => {
      const context = continueTrace(header, webRng);
      assert.notEqual(context.traceId, traceId);
      assert.match(context.traceId, /^[0-9a-f]{32}$/);
      assert.deepEqual([context.parentSpanId, context.isSampled], [undefined, true]);
    });
  }

  it('never has an id of zeros', () => {
    let calls = 0;
    const rng = { bytes: (length: number) => new Uint8Array(length).fill(calls++ % 2) };
    const context = continueTrace(undefined, rng);
    assert.deepEqual([context.traceId, context.spanId], ['01'.repeat(16), '01'.repeat(8)]);
  });
});

describe('the share of traces', () => {
  const highest = 'f'.repeat(32);
  const lowest = `${'f'.repeat(18)}${'0'.repeat(14)}`;
  it('of 1 has every trace, of 0 none', () => {
    for (const id of [highest, lowest, traceId]) assert.deepEqual([isInShare(id, 1), isInShare(id, 0)], [true, false]);
  });

  it('has the traces with the highest random parts, so that services agree', () => {
    assert.deepEqual([isInShare(highest, 1e-9), isInShare(lowest, 1 - 1e-9)], [true, false]);
    const half = (first: string) => `${'0'.repeat(18)}${first}${'0'.repeat(13)}`;
    assert.deepEqual([isInShare(half('8'), 0.5), isInShare(half('7'), 0.5)], [true, false]);
  });
});
