// Pages of browsers reach the RPC only from origins that the configuration lists, and from this machine.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOriginAllowed, parseRpcOrigins } from './origin-check.js';

const listed = ['https://polkadot.js.org'];

describe('the origin of a page', () => {
  for (const origin of ['http://localhost', 'http://127.0.0.1:8080', 'https://[::1]:1', 'http://app.localhost:3000']) {
    it(`${origin} is on this machine and passes`, () => assert.ok(isOriginAllowed(origin, [])));
  }

  for (const origin of [
    ...[
      'null',
      '',
      'https://polkadot.js.org.evil.example',
      'http://polkadot.js.org',
      'file://',
      'http://127.0.0.1.evil.example',
    ],
    ...['http://notlocalhost', 'ftp://localhost', 'https://localhost.evil.example', 'http://10.0.0.1'],
  ]) {
    it(`"${origin}" is refused`, () => assert.equal(isOriginAllowed(origin, listed), false));
  }

  it('passes where it is listed, where all are, and where there is none', () => {
    assert.ok(isOriginAllowed('https://polkadot.js.org', listed));
    assert.ok(isOriginAllowed('https://any.example', 'all'));
    assert.ok(isOriginAllowed(undefined, []));
  });
});

describe('the setting of origins', () => {
  it('is loopback, all, or a list', () => {
    assert.deepEqual(parseRpcOrigins('loopback'), []);
    assert.equal(parseRpcOrigins('all'), 'all');
    assert.deepEqual(parseRpcOrigins('https://a.example, chrome-extension://abc,http://b.example:81'), [
      'https://a.example',
      'chrome-extension://abc',
      'http://b.example:81',
    ]);
  });

  for (const text of ['', '*', 'a.example', 'https://a.example/', 'https://a.example,', 'https://*.example/x']) {
    it(`"${text}" is refused`, () => assert.equal(parseRpcOrigins(text), undefined));
  }
});
