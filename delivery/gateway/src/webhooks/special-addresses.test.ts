// Which addresses are public, and what the operator can allow.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AddressRules, isPublicAddress } from './special-addresses.js';

const special: Readonly<Record<string, readonly string[]>> = {
  'this network': ['0.0.0.0', '0.1.2.3'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  'shared address space of carriers': ['100.64.0.1', '100.127.255.255'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  'link-local, with the metadata service of clouds': ['169.254.169.254', 'fe80::1', 'febf::1'],
  'IETF protocol assignments': ['192.0.0.1', '192.0.0.170', '2001::1', '2001:1ff::1'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  'AS112 and AMT': ['192.31.196.1', '192.52.193.1', '192.175.48.1', '2620:4f:8000::1'],
  '6to4': ['192.88.99.1', '2002:7f00:1::1', '2002:c0a8:101::1'],
  benchmarking: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  'reserved and broadcast': ['240.0.0.1', '255.255.255.255'],
  unspecified: ['::'],
  'IPv4 in IPv6': [
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
  ],
  'discard-only, segment routing, unique local, site-local': ['100::1', '5f00::1', 'fc00::1', 'fd00::1', 'fec0::1'],
  'text that is no address': ['localhost', '', '1.2.3', '127.1', '0x7f000001', '2130706433'],
};

describe('addresses', () => {
  for (const [what, addresses] of Object.entries(special)) {
    it(`are not public: ${what}`, () => {
      for (const address of addresses) assert.equal(isPublicAddress(address), false, address);
    });
  }

  it('of the public internet are public, those beside special ranges included', () => {
    const all = [
      '8.8.8.8',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '172.15.255.255',
      '172.32.0.0',
    ];
    const more = [
      '126.255.255.255',
      '128.0.0.0',
      '192.0.3.0',
      '223.255.255.255',
      '2606:4700::1',
      '2001:200::1',
      '2a00::1',
    ];
    for (const address of [...all, ...more]) assert.equal(isPublicAddress(address), true, address);
  });

  it('that the operator allows are allowed, and no others', () => {
    const rules = new AddressRules(['127.0.0.2/32', '10.1.0.0/16', 'fd00::/8']);
    for (const address of ['127.0.0.2', '10.1.255.1', 'fd12::1', '8.8.8.8'])
      assert.equal(rules.allows(address), true, address);
    for (const address of ['127.0.0.1', '10.2.0.1', '::1', 'fe80::1', '::ffff:127.0.0.2'])
      assert.equal(rules.allows(address), false, address);
  });

  it('cannot be allowed by a text that is no range', () => {
    for (const range of ['10.0.0.0', '10.0.0.0/33', 'localhost/8', '::/129', '10.0.0.0/', '/8', '*'])
      assert.throws(() => new AddressRules([range]), RangeError, range);
  });
});
