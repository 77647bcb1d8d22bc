// Expectation of a call that is included and fails with a certain error.
import assert from 'node:assert/strict';
import { describeDispatchError } from '../index.js';
import type { alice, Harness } from './harness.js';

/** Runs the call in a block of its own and expects this error by name. */
export function failsWith(chain: Harness, signer: typeof alice, call: Uint8Array, name: string): void {
  const { error, events } = chain.run(signer, call);
  assert.ok(error !== undefined, `expected ${name}`);
  assert.equal(describeDispatchError(error).name, name);
  const last = events.at(-1)!.event;
  assert.equal(last.value.type, 'ExtrinsicFailed');
}
