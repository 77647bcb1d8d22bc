import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TableCache } from './table-cache.js';

test('the cache makes an entry once, keeps within its bytes and forgets the one used longest ago', () => {
  const cache = new TableCache(100);
  const made: string[] = [];
  const get = (key: string, size = 40) =>
    cache.get(key, () => {
      made.push(key);
      return new Uint8Array(size);
    });
  get('a');
  get('b');
  get('a');
  get('c');
  assert.deepEqual(made, ['a', 'b', 'c']);
  assert.equal(cache.sizeBytes, 80);
  get('a');
  assert.deepEqual(made, ['a', 'b', 'c']);
  get('b');
  assert.deepEqual(made, ['a', 'b', 'c', 'b']);
  get('huge', 1000);
  assert.equal(cache.sizeBytes, 1000, 'an entry larger than the bound stays alone');
  get('d');
  assert.equal(cache.sizeBytes, 40);
});
