import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import { maxLifecycleRules, parseLifecycle, type RawLifecycleRule } from '../index.js';

const rule: RawLifecycleRule = { id: 'r', status: 'Enabled', filter: {}, expiration: { days: '1' } };
const { expiration: _expiration, ...inert } = rule;

describe('lifecycle configurations', () => {
  it('a rule is read with all of its elements', () => {
    const { rules } = parseLifecycle([
      {
        id: 'all',
        status: 'Disabled',
        filter: {
          and: {
            prefix: 'a/',
            tags: [{ key: 'k', value: 'v' }],
            objectSizeGreaterThan: '500',
            objectSizeLessThan: '64000',
          },
        },
        expiration: { days: '365' },
        transitions: [
          { days: '30', storageClass: 'STANDARD_IA' },
          { days: '0', storageClass: 'GLACIER' },
        ],
        noncurrentVersionExpiration: { noncurrentDays: '90', newerNoncurrentVersions: '3' },
        noncurrentVersionTransitions: [{ noncurrentDays: '30', storageClass: 'ONEZONE_IA' }],
      },
    ]);
    assert.deepEqual(rules, [
      {
        id: 'all',
        isEnabled: false,
        filter: { prefix: 'a/', tags: [{ key: 'k', value: 'v' }], sizeGreaterThan: 500, sizeLessThan: 64000 },
        expiration: { days: 365 },
        transitions: [
          { days: 30, storageClass: 'STANDARD_IA' },
          { days: 0, storageClass: 'GLACIER' },
        ],
        noncurrentExpiration: { noncurrentDays: 90, newerNoncurrentVersions: 3 },
        noncurrentTransitions: [{ noncurrentDays: 30, storageClass: 'ONEZONE_IA' }],
      },
    ]);
  });

  it('a rule of the older form has its prefix beside the actions, and a rule without id gets one', () => {
    const { rules } = parseLifecycle([rule, { status: 'Enabled', prefix: 'a/', expiration: { days: '1' } }]);
    assert.deepEqual([rules[1]?.id, rules[1]?.filter], ['rule-2', { prefix: 'a/' }]);
  });

  const wrong: readonly (readonly [string, RawLifecycleRule, string])[] = [
    ['no status', { ...rule, status: undefined }, '.Status'],
    ['a long id', { ...rule, id: 'x'.repeat(256) }, '.ID'],
    ['no filter and no prefix', { ...rule, filter: undefined }, '.Filter'],
    ['filter and prefix', { ...rule, prefix: 'a' }, '.Prefix'],
    ['two predicates outside of And', { ...rule, filter: { prefix: 'a', objectSizeLessThan: '5' } }, '.Filter'],
    ['one predicate inside of And', { ...rule, filter: { and: { prefix: 'a' } } }, '.Filter.And'],
    [
      'a predicate beside And',
      { ...rule, filter: { prefix: 'a', and: { prefix: 'a', objectSizeLessThan: '5' } } },
      '.Filter',
    ],
    [
      'sizes that exclude each other',
      { ...rule, filter: { and: { objectSizeGreaterThan: '5', objectSizeLessThan: '5' } } },
      '.Filter.And.ObjectSizeLessThan',
    ],
    ['one tag twice', { ...rule, filter: { and: { tags: [{ key: 'k' }, { key: 'k' }] } } }, '.Filter.And.Tag'],
    ['a tag without a key', { ...rule, filter: { tags: [{ value: 'v' }] } }, '.Filter.Tag[0].Key'],
    ['a long prefix', { ...rule, filter: { prefix: 'é'.repeat(513) } }, '.Filter.Prefix'],
    ['no action', inert, ''],
    ['zero days', { ...rule, expiration: { days: '0' } }, '.Expiration.Days'],
    ['days with a fraction', { ...rule, expiration: { days: '1.5' } }, '.Expiration.Days'],
    ['days and a date', { ...rule, expiration: { days: '1', date: '2026-01-01T00:00:00Z' } }, '.Expiration'],
    ['an expiration of nothing', { ...rule, expiration: {} }, '.Expiration'],
    ['a date that is not midnight', { ...rule, expiration: { date: '2026-01-01T12:00:00Z' } }, '.Expiration.Date'],
    ['a date that is none', { ...rule, expiration: { date: 'tomorrow' } }, '.Expiration.Date'],
    [
      'a delete marker by tags',
      { ...rule, filter: { tags: [{ key: 'k' }] }, expiration: { expiredObjectDeleteMarker: 'true' } },
      '.Expiration.ExpiredObjectDeleteMarker',
    ],
    [
      'an unknown storage class',
      { ...inert, transitions: [{ days: '1', storageClass: 'TAPE' }] },
      '.Transition[0].StorageClass',
    ],
    [
      'a transition to STANDARD',
      { ...inert, transitions: [{ days: '1', storageClass: 'CESS_2' }] },
      '.Transition[0].StorageClass',
    ],
    [
      'infrequent access before 30 days',
      { ...inert, transitions: [{ days: '29', storageClass: 'STANDARD_IA' }] },
      '.Transition[0].Days',
    ],
    [
      'two transitions to one class',
      {
        ...inert,
        transitions: [
          { days: '1', storageClass: 'GLACIER' },
          { days: '2', storageClass: 'GLACIER' },
        ],
      },
      '',
    ],
    ['days beside dates', { ...rule, transitions: [{ date: '2026-01-01T00:00:00Z', storageClass: 'GLACIER' }] }, ''],
    [
      'an expiration before a transition',
      { ...rule, transitions: [{ days: '1', storageClass: 'GLACIER' }] },
      '.Expiration',
    ],
    [
      'a noncurrent expiration before a transition',
      {
        ...inert,
        noncurrentVersionExpiration: { noncurrentDays: '9' },
        noncurrentVersionTransitions: [{ noncurrentDays: '9', storageClass: 'GLACIER' }],
      },
      '.NoncurrentVersionExpiration',
    ],
    [
      'zero noncurrent days',
      { ...inert, noncurrentVersionExpiration: { noncurrentDays: '0' } },
      '.NoncurrentVersionExpiration.NoncurrentDays',
    ],
    [
      'too many newer versions',
      { ...inert, noncurrentVersionExpiration: { noncurrentDays: '1', newerNoncurrentVersions: '101' } },
      '.NoncurrentVersionExpiration.NewerNoncurrentVersions',
    ],
    [
      'newer versions without a filter',
      {
        status: 'Enabled',
        prefix: '',
        noncurrentVersionExpiration: { noncurrentDays: '1', newerNoncurrentVersions: '1' },
      },
      '.Filter',
    ],
    [
      'an abortion by tags',
      { ...inert, filter: { tags: [{ key: 'k' }] }, abortIncompleteMultipartUpload: { daysAfterInitiation: '1' } },
      '.AbortIncompleteMultipartUpload',
    ],
    [
      'an abortion at once',
      { ...inert, abortIncompleteMultipartUpload: { daysAfterInitiation: '0' } },
      '.AbortIncompleteMultipartUpload.DaysAfterInitiation',
    ],
  ];
  for (const [what, changed, at] of wrong)
    it(`a rule with ${what} is refused`, () => {
      assert.throws(
        () => parseLifecycle([changed]),
        (error) => {
          assert.ok(
            isCessError(error, 'LIFECYCLE_MALFORMED', 'LIFECYCLE_INVALID_VALUE', 'LIFECYCLE_INVALID_COMBINATION'),
            String(error),
          );
          assert.equal(error.data.at, `Rule[0]${at}`);
          return true;
        },
      );
    });

  it('a configuration has 1 to 1000 rules with different ids', () => {
    const isRefused = (error: unknown) =>
      isCessError(error, 'LIFECYCLE_MALFORMED', 'LIFECYCLE_INVALID_VALUE', 'LIFECYCLE_INVALID_COMBINATION');
    assert.throws(() => parseLifecycle([]), isRefused);
    assert.throws(() => parseLifecycle([rule, rule]), isRefused);
    const many = (count: number) => Array.from({ length: count }, (_, index) => ({ ...rule, id: `r${index}` }));
    assert.throws(() => parseLifecycle(many(maxLifecycleRules + 1)), isRefused);
    assert.equal(parseLifecycle(many(maxLifecycleRules)).rules.length, 1000);
  });
});
