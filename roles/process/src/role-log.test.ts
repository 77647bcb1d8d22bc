import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createRoleLog } from './role-log.js';

it('a log that cannot be written drops lines, and says how many when it can', () => {
  const written: string[] = [];
  let isFull = false;
  const log = createRoleLog((text) => {
    if (isFull) throw new Error('ENOSPC');
    written.push(text);
  });
  log.write('one\n');
  isFull = true;
  log.write('two\n');
  log.write('three\n');
  isFull = false;
  log.write('four\n');
  assert.deepEqual([written[0], written[2]], ['one\n', 'four\n']);
  assert.match(written[1] ?? '', /^\n\{.*"dropped":2,/);
  assert.equal(written.length, 3);
});
