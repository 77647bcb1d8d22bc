import assert from 'node:assert/strict';
import { it } from 'node:test';
import { hostAndPort } from './index.js';

it('a host with a port is written as in a URL, an IPv6 address in brackets', () => {
  assert.equal(hostAndPort('127.0.0.1', 9000), '127.0.0.1:9000');
  assert.equal(hostAndPort('::1', 9000), '[::1]:9000');
});
