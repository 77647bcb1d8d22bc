import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isLoopback } from './loopback.js';

it('loopback is known in all its forms', () => {
  const forms = ['127.0.0.1', '127.9.9.9', '::1', '[::1]', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'localhost'];
  for (const host of forms) assert.equal(isLoopback(host), true, host);
  const others = [
    '0.0.0.0',
    '::',
    '128.0.0.1',
    '10.0.0.1',
    '::2',
    '1::1',
    '::ffff:10.0.0.1',
    'localhost.example',
    '',
    undefined,
  ];
  for (const host of others) assert.equal(isLoopback(host), false, host);
});
