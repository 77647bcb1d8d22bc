import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { test } from 'node:test';
import { hkdfSha256 } from '@cess/crypto';
import { concatBytes, utf8 } from '@cess/primitives';
import { replEnc } from '../index.js';
import { contentOf, identityOf } from '../test-support/world.js';

const bytes = contentOf(100_003, 'replica');
const secret = contentOf(32, 'replica secret');
const address = identityOf(bytes, { replica: 2 });

test('PODR2-7: fragments of the code are stored as they are, so that any holder can be rebuilt from the others', () => {
  assert.equal(replEnc(bytes, { ...address, replica: 0 }, secret), bytes);
});

test('PODR2-7: copies differ by replica, provider, place, order and secret, and unmask to the same fragment', () => {
  const others = [
    { ...address, replica: 3 },
    { ...address, provider: 1 },
    { ...address, segment: 9 },
    { ...address, fragment: 9 },
    { ...address, orderId: new Uint8Array(32) },
  ];
  const copies = [bytes, replEnc(bytes, address, secret), replEnc(bytes, address, new Uint8Array(32))];
  for (const other of others) {
    const copy = replEnc(bytes, other, secret);
    assert.deepEqual(replEnc(copy, other, secret), bytes);
    copies.push(copy);
  }
  assert.equal(new Set(copies.map((copy) => Buffer.from(copy.subarray(0, 32)).toString('hex'))).size, copies.length);
});

test('a mask is AES-256-CTR under the key of the page', () => {
  const info = concatBytes(address.orderId, Uint8Array.of(4, 0, 0, 0, 5, 0, 0, 0, 2, 0, 6, 0, 0, 0));
  const key = hkdfSha256({ secret, salt: utf8('CESS/PoDR2/replica/v1'), info, length: 32 });
  const opened = createDecipheriv('aes-256-ctr', key, new Uint8Array(16)).update(replEnc(bytes, address, secret));
  assert.deepEqual(new Uint8Array(opened), bytes);
});
