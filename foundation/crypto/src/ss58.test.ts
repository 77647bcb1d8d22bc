import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, isCessError, toHex } from '@cess/primitives';
import { decodeAddress, encodeAddress } from '@polkadot/util-crypto';
import fc from 'fast-check';
import { decodeSs58, encodeSs58 } from './index.js';

const alice = fromHex('d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d');

test('CHAIN: the known addresses of Alice', () => {
  assert.equal(encodeSs58(alice, 42), '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY');
  assert.equal(encodeSs58(alice, 0), '15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5');
  assert.match(encodeSs58(alice, 11_330), /^cX/);
  const decoded = decodeSs58('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY');
  assert.ok(decoded.ok);
  assert.equal(toHex(decoded.value.accountId), toHex(alice));
  assert.equal(decoded.value.prefix, 42);
});

test('every id and prefix is written as an independent implementation writes it, and read back', () => {
  const prefixes = fc.integer({ min: 0, max: 16_383 }).filter((prefix) => prefix !== 46 && prefix !== 47);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), prefixes, (id, prefix) => {
      const text = encodeSs58(id, prefix);
      assert.equal(text, encodeAddress(id, prefix));
      assert.deepEqual(decodeAddress(text, false, prefix), id);
      const decoded = decodeSs58(text);
      assert.ok(decoded.ok);
      assert.deepEqual(decoded.value, { accountId: id, prefix });
    }),
    { seed: 2, numRuns: 300 },
  );
});

test('one changed letter, a lost letter, foreign letters and over-long text are refused', () => {
  const text = encodeSs58(alice, 11_330);
  for (let i = 0; i < text.length; i++) {
    const changed = text.slice(0, i) + (text[i] === 'A' ? 'B' : 'A') + text.slice(i + 1);
    assert.equal(decodeSs58(changed).ok, false, `letter ${i}`);
    assert.equal(decodeSs58(text.slice(0, i) + text.slice(i + 1)).ok, false, `without letter ${i}`);
  }
  for (const bad of ['', '0', 'I'.repeat(48), `${text}1`, '1'.repeat(10_000)]) assert.equal(decodeSs58(bad).ok, false);
});

test('prefixes outside the registry and ids of another length cannot be written', () => {
  for (const prefix of [-1, 46, 47, 16_384, 1.5]) {
    assert.throws(
      () => encodeSs58(alice, prefix),
      (error) => isCessError(error, 'SS58_PREFIX'),
    );
  }
  assert.throws(
    () => encodeSs58(alice.subarray(1), 42),
    (error) => isCessError(error, 'SS58_LENGTH'),
  );
});
