import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hrefOf, parseRoute } from './router.js';

describe('routes of the console', () => {
  it('keep keys with slashes, dots, question marks and spaces', () => {
    for (const key of ['a/b/', '..', '?x=1#y', ' ä ', '%2F']) {
      const { parts, query } = parseRoute(hrefOf(['files', 'bucket', key], { object: key }));
      assert.deepEqual([parts, query.get('object')], [['files', 'bucket', key], key]);
    }
  });

  it('that are not well encoded stand for themselves', () => {
    assert.deepEqual(parseRoute('#/files/%zz').parts, ['files', '%zz']);
  });
});
