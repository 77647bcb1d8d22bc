import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArnTemplate } from './arn.js';
import { createWork } from './parts.js';
import { parseTemplate } from './template.js';

function matches(pattern: string, arn: string, keys: Readonly<Record<string, readonly string[]>> = {}): boolean {
  const template = ArnTemplate.compile(pattern, { allowsVariables: true });
  assert.ok(template !== undefined);
  return template.matches(arn, (key) => keys[key], createWork());
}

describe('patterns of ARNs', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['arn:aws:s3:::box/*', 'arn:aws:s3:::box/a/b', true],
    ['arn:aws:s3:::box/*', 'arn:aws:s3:::box', false],
    ['arn:aws:s3:::box*', 'arn:aws:s3:::box', true],
    ['arn:aws:s3:::box', 'arn:aws:s3:::Box', false],
    ['arn:aws:s3:::box/a:*', 'arn:aws:s3:::box/a:b:c', true],
    ['arn:aws:s3*:box', 'arn:aws:s3:::box', false],
    ['arn:aws:s3', 'arn:aws:s3:::box/a', true],
    ['arn:aws:sqs', 'arn:aws:s3:::box/a', false],
    ['arn:aws:iam::*:user/ana', 'arn:aws:iam::111122223333:user/ana', true],
    ['arn:aws:iam::*:user/ana', 'arn:aws:iam::1:2:user/ana', false],
    ['*', 'no ARN', true],
    ['arn:*', 'arn:aws', false],
  ];
  for (const [pattern, arn, expected] of cases)
    it(`${pattern} ${expected ? 'matches' : 'does not match'} ${arn}`, () => {
      assert.equal(matches(pattern, arn), expected);
    });

  it('a variable stands for the value of the request', () => {
    const pattern = 'arn:aws:s3:::box/${aws:username}/*';
    assert.equal(matches(pattern, 'arn:aws:s3:::box/ana/x', { 'aws:username': ['ana'] }), true);
    assert.equal(matches(pattern, 'arn:aws:s3:::box/bob/x', { 'aws:username': ['ana'] }), false);
  });

  it('a wildcard in the value of a variable is an ordinary character', () => {
    const keys = { 'aws:username': ['*'] };
    assert.equal(matches('arn:aws:s3:::box/${aws:username}/a', 'arn:aws:s3:::box/bob/a', keys), false);
    assert.equal(matches('arn:aws:s3:::box/${aws:username}/a', 'arn:aws:s3:::box/*/a', keys), true);
  });

  it('a variable without a value matches nothing, unless it has a default', () => {
    assert.equal(matches('arn:aws:s3:::box/${aws:username}*', 'arn:aws:s3:::box/a'), false);
    assert.equal(matches("arn:aws:s3:::box/${aws:PrincipalTag/team, 'all'}/*", 'arn:aws:s3:::box/all/a'), true);
  });

  it('a key with several values is no variable', () => {
    const keys = { 'aws:tagkeys': ['a', 'b'] };
    assert.equal(matches('arn:aws:s3:::box/${aws:TagKeys}', 'arn:aws:s3:::box/a', keys), false);
  });

  it('colons in a value do not move the fields of a pattern', () => {
    const keys = { 'aws:principaltag/t': ['111122223333:role/x'] };
    const pattern = 'arn:aws:iam::${aws:PrincipalTag/t}:*';
    assert.equal(matches(pattern, 'arn:aws:iam::111122223333:role/x:y', keys), false);
    const whole = { 'aws:sourcearn': ['arn:aws:s3:::box'] };
    assert.equal(matches('${aws:SourceArn}', 'arn:aws:s3:::box', whole), true);
  });

  it('${*}, ${?} and ${$} are the characters themselves', () => {
    const pattern = 'arn:aws:s3:::box/${*}${?}${$}';
    assert.equal(matches(pattern, 'arn:aws:s3:::box/*?$'), true);
    assert.equal(matches(pattern, 'arn:aws:s3:::box/abc'), false);
  });

  it('variables that are not valid are recognised', () => {
    const syntax = { allowsVariables: true, allowsWildcards: true };
    for (const text of [
      '${',
      '${}',
      '${aws:a',
      '${username}',
      '${aws:${aws:b}}',
      "${aws:a, 'b}",
      '${aws:a, b}',
      '${aws:a*}',
    ])
      assert.equal(parseTemplate(text, syntax), undefined, text);
    assert.deepEqual(parseTemplate('${aws:a', { ...syntax, allowsVariables: false }), ['${aws:a']);
  });
});
