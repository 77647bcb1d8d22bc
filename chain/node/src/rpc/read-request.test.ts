// JSON-RPC 2.0: ids are echoed as they were sent, whatever numbers they are.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clientOf } from './client-share.js';
import { rawIdsOf } from './read-request.js';

describe('texts of ids', () => {
  const cases: readonly (readonly [text: string, isBatch: boolean, ids: readonly (string | undefined)[]])[] = [
    ['{"id":18446744073709551615,"method":"x"}', false, ['18446744073709551615']],
    ['{"method":"id","params":[{"id":7}],"id" : 1.0 }', false, ['1.0']],
    ['{"\\u0069d":5,"method":"a\\\\\\"id\\":9"}', false, ['5']],
    ['{"method":"x"}', false, [undefined]],
    [
      '[{"id":9007199254740993,"params":[[1],{"id":2}]},7,{"method":"y"},{"id":"a"}]',
      true,
      ['9007199254740993', undefined, undefined, '"a"'],
    ],
    ['[]', true, []],
  ];
  for (const [text, isBatch, ids] of cases) {
    it(`of ${text}`, () => {
      JSON.parse(text);
      assert.deepEqual(rawIdsOf(text, isBatch), ids);
    });
  }
});

describe('the client of an address', () => {
  it('is an IPv4 address, or a /64 network of IPv6', () => {
    assert.equal(clientOf('203.0.113.5'), '203.0.113.5');
    assert.equal(clientOf('::ffff:203.0.113.5'), '203.0.113.5');
    assert.equal(clientOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2');
    assert.equal(clientOf('2001:db8::6'), '2001:db8:0:0');
    assert.equal(clientOf('::1'), '0:0:0:0');
  });
});
