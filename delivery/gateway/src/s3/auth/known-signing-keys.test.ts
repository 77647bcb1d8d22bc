// Signing keys that are remembered: of which secret and scope, and how many.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { signingKey } from '@cess/signature-v4';
import { knownSigningKey, rememberSigningKey } from './known-signing-keys.js';

const scope = { accessKeyId: 'KEY', date: '20261129', region: 'r', service: 's3' };

it('a signing key is known for its secret, date, region and service alone', () => {
  const key = signingKey('first', scope);
  rememberSigningKey('first', scope, key);
  assert.equal(knownSigningKey('first', scope), key);
  for (const other of [{ date: '20261130' }, { region: 'q' }, { service: 'iam' }])
    assert.equal(knownSigningKey('first', { ...scope, ...other }), undefined);
  assert.equal(knownSigningKey('second', scope), undefined);
});

it('the oldest signing keys are forgotten beyond 1,024', () => {
  const of = (index: number) => ({ ...scope, region: `region-${index}` });
  for (let index = 0; index < 1_025; index++) rememberSigningKey('many', of(index), Uint8Array.of(1));
  assert.equal(knownSigningKey('many', of(0)), undefined);
  assert.notEqual(knownSigningKey('many', of(1)), undefined);
  assert.notEqual(knownSigningKey('many', of(1_024)), undefined);
});
