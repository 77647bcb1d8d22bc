// Ranges of addresses (docs/protocol/network.md §4).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPrivateAddress, rangeOf } from './address-range.js';

describe('ranges of addresses', () => {
  it('NW-14: IPv4 is counted by /24, also when it is written as IPv6', () => {
    assert.equal(rangeOf('203.0.113.7'), '203.0.113.0/24');
    assert.equal(rangeOf('::ffff:203.0.113.200'), '203.0.113.0/24');
    assert.notEqual(rangeOf('203.0.114.7'), rangeOf('203.0.113.7'));
  });

  it('NW-14: IPv6 is counted by /48, however it is written', () => {
    for (const address of [
      '2001:db8:1::1',
      '2001:0DB8:0001:ffff::2',
      '2001:db8:1:0:0:0:0:3',
      '2001:db8:1::192.0.2.1',
    ]) {
      assert.equal(rangeOf(address), '2001:db8:1::/48', address);
    }
    assert.equal(rangeOf('fe80::1%eth0'), 'fe80:0:0::/48');
    assert.notEqual(rangeOf('2001:db8:2::1'), rangeOf('2001:db8:1::1'));
  });

  it('what is no address is counted together', () => {
    for (const text of [undefined, '', 'example.org', '1.2.3', ':::']) assert.equal(rangeOf(text), 'other');
  });

  it('NW-14: addresses of this machine and of private networks are known, also IPv4 written as IPv6', () => {
    for (const address of [
      '127.0.0.9',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.7.7',
      '::ffff:10.0.0.1',
      '::1',
      'fd00::1',
      'fe80::1%eth0',
    ])
      assert.equal(isPrivateAddress(address), true, address);
    for (const address of ['172.32.0.1', '192.169.0.1', '203.0.113.7', '2001:db8::1', 'example.org', undefined])
      assert.equal(isPrivateAddress(address), false, address);
  });
});
