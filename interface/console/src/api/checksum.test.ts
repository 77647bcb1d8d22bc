import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32Base64 } from './checksum.js';

describe('CRC-32 of the console', () => {
  it('has the check value of the standard', () => {
    assert.equal(Buffer.from(crc32Base64('123456789'), 'base64').toString('hex'), 'cbf43926');
    assert.equal(crc32Base64(''), 'AAAAAA==');
  });
});
