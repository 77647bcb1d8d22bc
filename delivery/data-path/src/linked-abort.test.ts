// A signal that follows another one.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { LinkedAbort } from './linked-abort.js';

describe('a linked abort', () => {
  it('follows the outer signal with its reason, before and after it is asked for', () => {
    const outer = new AbortController();
    const linked = new LinkedAbort(outer.signal);
    assert.equal(linked.signal.aborted, false);
    const reason = new Error('outer');
    outer.abort(reason);
    assert.equal(linked.signal.reason, reason);
    assert.equal(new LinkedAbort(outer.signal).signal.reason, reason);
  });

  it('ends before the outer one, and leaves no listener there', () => {
    const outer = new AbortController();
    const linked = new LinkedAbort(outer.signal);
    const { signal } = linked;
    assert.equal(linked.signal, signal);
    assert.equal(getEventListeners(outer.signal, 'abort').length, 1);
    const reason = new Error('ended');
    linked.end(reason);
    assert.equal(signal.reason, reason);
    assert.equal(outer.signal.aborted, false);
    assert.equal(getEventListeners(outer.signal, 'abort').length, 0);
  });
});
