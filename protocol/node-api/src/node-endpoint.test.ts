import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseNodeEndpoint } from './node-endpoint.js';

describe('DATA-13: endpoints from the chain are strangers', () => {
  for (const text of ['https://8.8.8.8:15001', 'https://1.1.1.1', 'https://[2606:4700::1111]:80']) {
    it(`uses ${text}`, () => assert.equal(parseNodeEndpoint(text, false).ok, true));
  }
  for (const text of [
    'http://127.0.0.1:9000',
    'http://10.1.2.3',
    'http://192.168.1.1',
    'http://172.16.0.1',
    'http://169.254.169.254',
    'http://100.64.0.1',
    'http://0.0.0.0',
    'http://2130706433',
    'http://0x7f.1',
    'http://[::1]',
    'http://[fe80::1]',
    'http://[fd00::1]',
    'http://[::ffff:127.0.0.1]',
    'http://localhost',
    'http://internal.example',
  ]) {
    it(`does not reach into private networks through ${text}`, () => {
      assert.deepEqual(parseNodeEndpoint(text, false), { ok: false, error: 'private' });
    });
  }
  for (const text of [
    '',
    'ftp://8.8.8.8',
    'http://8.8.8.8/path',
    'http://8.8.8.8?x',
    'http://user@8.8.8.8',
    'file:///etc/passwd',
    'not a url',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.deepEqual(parseNodeEndpoint(text, true), { ok: false, error: 'malformed' }));
  }
  for (const text of [
    'http://8.8.8.8:15001',
    'http://10.1.2.3',
    'http://[2606:4700::1111]:80',
    'http://internal.example',
  ]) {
    it(`refuses plain HTTP on another machine: ${text}`, () =>
      assert.deepEqual(parseNodeEndpoint(text, true), { ok: false, error: 'plaintext' }));
  }
  it('allows loopback in a development network', () =>
    assert.equal(parseNodeEndpoint('http://127.0.0.1:1', true).ok, true));
});
