import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import { parsePolicy, policySize } from '../index.js';
import { failure, identityStatement, statement } from '../test-support/failures.js';

describe('sizes of policies', () => {
  const sized = (length: number) => JSON.stringify({ Id: 'x'.repeat(length), Statement: statement });
  const overhead = sized(0).length;

  it('a bucket policy has at most 20 KiB, whitespace and bytes counted', () => {
    assert.equal(parsePolicy(sized(20_480 - overhead), 'bucket').statements.length, 1);
    const error = failure(sized(20_481 - overhead), 'bucket');
    assert.ok(isCessError(error, 'POLICY_TOO_LARGE'));
    assert.deepEqual(error.data, { size: 20_481, limit: 20_480 });
    assert.equal(policySize('"é"', 'bucket'), 4);
  });

  it('whitespace between the parts of an identity policy does not count', () => {
    const text = JSON.stringify({ Id: 'a b\\" c', Statement: identityStatement }, null, 10).replaceAll(
      '\n',
      `\n${' '.repeat(500)}`,
    );
    assert.ok(text.length > 2048);
    assert.equal(policySize(text, 'inline-user'), JSON.stringify(JSON.parse(text)).length);
    assert.equal(parsePolicy(text, 'inline-user').statements.length, 1);
  });

  it('no text of more than 128 KiB is read, whatever its whitespace', () => {
    assert.equal(failure(' '.repeat(131_073), 'managed').code, 'POLICY_TOO_LARGE');
  });

  for (const [kind, limit] of [
    ['managed', 6_144],
    ['inline-user', 2_048],
    ['inline-group', 5_120],
    ['inline-role', 10_240],
    ['session', 2_048],
    ['trust', 2_048],
  ] as const)
    it(`a policy of the kind ${kind} has at most ${limit} characters`, () => {
      const error = failure(`"${'x'.repeat(limit)}"`, kind);
      assert.ok(isCessError(error, 'POLICY_TOO_LARGE'));
      assert.equal(error.data.limit, limit);
    });
});
