import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createWork } from '../matching/parts.js';
import { Condition } from './condition.js';
import { operators, parseOperator } from './operators.js';

/** Whether the operator holds for the values of the policy and those of the request; undefined: the key is absent. */
function holds(
  name: string,
  policy: string | readonly string[],
  request: string | readonly string[] | undefined,
): boolean {
  const parsed = parseOperator(name);
  assert.ok(parsed !== undefined, name);
  const values = typeof policy === 'string' ? [policy] : policy;
  for (const value of values)
    assert.ok(
      operators[parsed.operator].compile(value, { allowsVariables: true }) !== undefined,
      `${name} takes ${value}`,
    );
  const condition = new Condition({ ...parsed, key: 'a:Key', values }, '2012-10-17');
  const given: Readonly<Record<string, readonly string[] | undefined>> = {
    'a:key': typeof request === 'string' ? [request] : request,
    'aws:username': ['ana'],
  };
  return condition.holds((key) => given[key], createWork());
}

type Row = readonly [string, string | readonly string[], string | readonly string[] | undefined, boolean];
function check(rows: readonly Row[]): void {
  for (const [name, policy, request, expected] of rows)
    it(`${name} ${JSON.stringify(policy)} ${expected ? 'holds' : 'does not hold'} for ${JSON.stringify(request) ?? 'an absent key'}`, () => {
      assert.equal(holds(name, policy, request), expected);
    });
}

describe('operators on text', () => {
  check([
    ['StringEquals', 'ana', 'ana', true],
    ['StringEquals', 'ana', 'Ana', false],
    ['StringEquals', 'a*', 'ana', false],
    ['StringEquals', ['bob', 'ana'], 'ana', true],
    ['StringEquals', '${aws:username}', 'ana', true],
    ['StringEquals', '${aws:missing}', 'ana', false],
    ['StringNotEquals', '${aws:missing}', 'ana', true],
    ['StringNotEquals', ['bob', 'ana'], 'ana', false],
    ['StringNotEquals', ['bob', 'eve'], 'ana', true],
    ['StringEqualsIgnoreCase', 'ANA', 'ana', true],
    ['StringNotEqualsIgnoreCase', 'ANA', 'ana', false],
    ['StringLike', 'a*a', 'ana', true],
    ['StringLike', 'a?a', 'ana', true],
    ['StringLike', 'a${*}', 'ana', false],
    ['StringLike', 'a${*}', 'a*', true],
    ['StringLike', '*', '', true],
    ['StringNotLike', 'b*', 'ana', true],
  ]);
});

describe('operators on numbers and dates', () => {
  check([
    ['NumericEquals', '10', '10.0', true],
    ['NumericNotEquals', '10', '11', true],
    ['NumericLessThan', '10', '9.9', true],
    ['NumericLessThan', '10', '10', false],
    ['NumericLessThanEquals', '10', '10', true],
    ['NumericGreaterThan', '10', '9', false],
    ['NumericGreaterThanEquals', '-1e1', '-10', true],
    ['NumericLessThan', '10', 'few', false],
    ['NumericNotEquals', '10', 'few', true],
    ['DateEquals', '2026-01-01T00:00:00Z', '1767225600', true],
    ['DateEquals', '2026', '2026-01-01', true],
    ['DateEquals', '2026-01', '2026-01-01T01:00:00+01:00', true],
    ['DateLessThan', '2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00.4999Z', true],
    ['DateLessThan', '0001-01-01', '0000-12-31T23:59Z', true],
    ['DateGreaterThan', '2026-06-30', '2026-07-01', true],
    ['DateGreaterThanEquals', '2026-06-30', 'soon', false],
    ['DateNotEquals', '2026-06-30', '2026-02-30', true],
    ['DateEquals', '2028-02-29', '1835395200', true],
  ]);
});

describe('operators on addresses', () => {
  check([
    ['IpAddress', '203.0.113.0/24', '203.0.113.255', true],
    ['IpAddress', '203.0.113.0/24', '203.0.114.0', false],
    ['IpAddress', '203.0.113.9', '203.0.113.9', true],
    ['IpAddress', '10.0.0.1/8', '10.255.0.0', true],
    ['IpAddress', '0.0.0.0/0', '255.255.255.255', true],
    ['IpAddress', '0.0.0.0/0', '2001:db8::1', false],
    ['IpAddress', '192.0.2.0/31', '192.0.2.2', false],
    ['IpAddress', '2001:db8:1234:5678::/64', '2001:DB8:1234:5678:ffff::1', true],
    ['IpAddress', '2001:db8::/33', '2001:db8:8000::', false],
    ['IpAddress', '::/0', '::1', true],
    ['IpAddress', '203.0.113.0/24', '::ffff:203.0.113.7', true],
    ['IpAddress', '::ffff:203.0.113.0/120', '203.0.113.7', true],
    ['IpAddress', '203.0.113.0/24', '::ffff:cb00:7107', true],
    ['NotIpAddress', '203.0.113.0/24', '198.51.100.1', true],
    ['NotIpAddress', '203.0.113.0/24', '::ffff:203.0.113.7', false],
    ['IpAddress', '0.0.0.0/0', '010.1.2.3', false],
    ['IpAddress', '::/0', '1::2::3', false],
    ['IpAddress', '::/0', '1:2:3:4:5:6:7::8', false],
    ['IpAddress', '::/0', 'fe80::1%eth0', false],
    ['IpAddress', '::/0', '1.2.3.4::', false],
  ]);
});

describe('other operators', () => {
  check([
    ['Bool', 'true', 'true', true],
    ['Bool', 'false', 'true', false],
    ['Bool', 'false', 'FALSE', true],
    ['Bool', 'false', 'no', false],
    ['BinaryEquals', 'AAEC', 'AAEC', true],
    ['BinaryEquals', 'AAEC', 'AAEB', false],
    ['BinaryEquals', 'AAEC', 'AAEC!', false],
    ['ArnEquals', 'arn:aws:sns:*:111122223333:t?pic', 'arn:aws:sns:eu:111122223333:topic', true],
    ['ArnLike', 'arn:aws:sns:*:topic', 'arn:aws:sns:eu:111122223333:topic', false],
    ['ArnNotLike', 'arn:aws:sns:*:*:*', 'arn:aws:sqs:eu:111122223333:queue', true],
    ['ArnLike', 'arn:aws:s3:::*', 'not an ARN', false],
    ['Null', 'true', undefined, true],
    ['Null', 'true', 'x', false],
    ['Null', 'false', 'x', true],
    ['Null', 'false', [], false],
  ]);
});

describe('absent keys', () => {
  check([
    ['StringEquals', 'a', undefined, false],
    ['StringNotEquals', 'a', undefined, true],
    ['NumericLessThan', '1', undefined, false],
    ['NotIpAddress', '10.0.0.0/8', undefined, true],
    ['Bool', 'false', undefined, false],
    ['StringEqualsIfExists', 'a', undefined, true],
    ['StringEqualsIfExists', 'a', 'b', false],
    ['StringNotEqualsIfExists', 'a', 'a', false],
    ['ForAllValues:StringEquals', 'a', undefined, true],
    ['ForAnyValue:StringEquals', 'a', undefined, false],
    ['ForAnyValue:StringNotEquals', 'a', undefined, false],
    ['ForAnyValue:StringEqualsIfExists', 'a', undefined, true],
  ]);
});

describe('keys with several values', () => {
  check([
    ['ForAllValues:StringEquals', ['a', 'b', 'c'], ['a', 'b'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'd'], false],
    ['ForAllValues:StringEquals', 'a', [''], true],
    ['ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'd'], true],
    ['ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'a'], false],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['z', 'b'], true],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['z'], false],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'z'], true],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'b'], false],
    ['ForAnyValue:StringLike', 'a*', ['b', 'ab'], true],
    ['StringEquals', 'a', ['b', 'a'], true],
    ['StringNotEquals', 'a', ['b', 'a'], false],
  ]);
});
