// What browsers run in the place of node:crypto gives the same answers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { blake2b512 as browserBlake2b512 } from './blake2b-512-browser.js';
import { blake2b512 } from './blake2b-512-node.js';
import * as browser from './ed25519-browser.js';
import * as node from './ed25519-node.js';
import * as browserSha2 from './sha2-browser.js';
import * as sha2 from './sha2-node.js';

const bytes = fc.uint8Array({ maxLength: 300 });
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('cryptography for browsers', () => {
  it('hashes are those of Node', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        assert.deepEqual(browserSha2.sha256(input), sha2.sha256(input));
        assert.deepEqual(browserSha2.sha512(input), sha2.sha512(input));
        assert.deepEqual(browserBlake2b512(input), blake2b512(input));
      }),
      { seed: 11, numRuns: 50 },
    );
  });

  it('keys and signatures of Ed25519 are those of Node, and each accepts what the other signs', () => {
    fc.assert(
      fc.property(seeds, bytes, (seed, message) => {
        const [ours, theirs] = [browser.createEd25519Signer(seed), node.createEd25519Signer(seed)];
        assert.deepEqual(ours.publicKey, theirs.publicKey);
        const signature = ours.sign(message);
        assert.deepEqual(signature, theirs.sign(message));
        assert.ok(browser.verifyEd25519(signature, message, theirs.publicKey));
      }),
      { seed: 12, numRuns: 10 },
    );
  });

  it('signatures of Ed25519 that are wrong or malformed are refused, never thrown on', () => {
    const signer = browser.createEd25519Signer(new Uint8Array(32).fill(1));
    const message = new Uint8Array(5);
    const signature = signer.sign(message);
    const changed = signature.map((byte, index) => (index === 0 ? byte ^ 1 : byte));
    const malleable = signature.map((byte, index) => (index >= 32 ? 0xff : byte));
    assert.ok(browser.verifyEd25519(signature, message, signer.publicKey));
    for (const [what, wrong, key] of [
      ['another point', changed, signer.publicKey],
      ['s above the order of the group', malleable, signer.publicKey],
      ['a short signature', signature.subarray(1), signer.publicKey],
      ['a short key', signature, signer.publicKey.subarray(1)],
      ['a key that is no point', signature, new Uint8Array(32).fill(0xff)],
    ] as const) {
      assert.equal(browser.verifyEd25519(wrong, message, key), false, what);
    }
  });

  it('a key that is passed as a Buffer, whose slices are views, is verified and not changed', () => {
    for (const implementation of [node, browser]) {
      for (let i = 0; i < 8; i++) {
        const signer = implementation.createEd25519Signer(new Uint8Array(32).fill(i));
        const key = Buffer.from(signer.publicKey);
        const message = Uint8Array.of(i);
        assert.equal(implementation.verifyEd25519(signer.sign(message), message, key), true);
        assert.deepEqual(Uint8Array.from(key), signer.publicKey);
      }
    }
  });

  it('a seed of another length is refused', () => {
    assert.throws(() => browser.createEd25519Signer(new Uint8Array(31)), /32 bytes/);
  });
});
