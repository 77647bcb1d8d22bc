import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  dueAction,
  nextExpiration,
  type ObjectVersion,
  parseLifecycle,
  type RawLifecycleRule,
  type StorageClass,
  storageClasses,
  type TransitionMinimum,
  uploadAbortion,
  type Versioning,
} from '../index.js';

const at = (text: string) => Date.parse(text.includes('T') ? text : `${text}T00:00:00Z`);
const base: ObjectVersion = {
  key: 'logs/a',
  size: 1_000_000,
  tags: [],
  isDeleteMarker: false,
  storageClass: 'STANDARD',
  createdMs: at('2026-01-15T10:30:00Z'),
  isOnlyVersion: true,
};
const rule = (more: RawLifecycleRule): RawLifecycleRule => ({ status: 'Enabled', filter: {}, ...more });
const rules = (...list: readonly RawLifecycleRule[]) => parseLifecycle(list.map(rule));

interface Situation {
  readonly version?: Partial<ObjectVersion>;
  readonly versioning?: Versioning;
  readonly minimum?: TransitionMinimum;
}

/** What is due on a day, in short. */
function due(
  list: readonly RawLifecycleRule[],
  day: string,
  { version, versioning = 'enabled', minimum }: Situation = {},
): string {
  const configuration = parseLifecycle(list.map(rule), minimum);
  const action = dueAction(configuration, { ...base, ...version }, versioning, at(day));
  if (action === undefined) return 'nothing';
  return action.action === 'transition' ? action.storageClass : action.action;
}

const marker: Partial<ObjectVersion> = { isDeleteMarker: true, size: 0 };
const noncurrent = (newerNoncurrentVersions = 0): Partial<ObjectVersion> => ({
  isOnlyVersion: false,
  noncurrent: { sinceMs: at('2026-02-01T08:00:00Z'), newerNoncurrentVersions },
});

describe('the time of lifecycle actions', () => {
  it('days are added to the creation and rounded up to the next midnight UTC', () => {
    const list = [{ expiration: { days: '3' } }];
    assert.equal(due(list, '2026-01-18T23:59:59.999Z'), 'nothing');
    assert.equal(due(list, '2026-01-19'), 'add-delete-marker');
    assert.equal(due(list, '2026-01-18', { version: { createdMs: at('2026-01-15') } }), 'add-delete-marker');
  });

  it('a date counts as it is, and for objects that come later', () => {
    const list = [{ expiration: { date: '2026-03-01T00:00:00Z' } }];
    assert.equal(due(list, '2026-02-28T23:59:59Z'), 'nothing');
    assert.equal(due(list, '2026-03-01'), 'add-delete-marker');
    assert.equal(due(list, '2026-05-01', { version: { createdMs: at('2026-04-01') } }), 'add-delete-marker');
  });

  it('noncurrent days count from the time when the next version came', () => {
    const list = [{ noncurrentVersionExpiration: { noncurrentDays: '10' } }];
    assert.equal(due(list, '2026-02-11T12:00:00Z', { version: noncurrent() }), 'nothing');
    assert.equal(due(list, '2026-02-12', { version: noncurrent() }), 'delete-version');
    assert.equal(due(list, '2027-01-01'), 'nothing');
  });

  it('an upload is aborted by the earliest rule for its key', () => {
    const abort = (days: string, filter = {}) => ({
      filter,
      abortIncompleteMultipartUpload: { daysAfterInitiation: days },
    });
    const configuration = rules(abort('7'), abort('2', { prefix: 'logs/' }), { ...abort('1'), status: 'Disabled' });
    const initiatedMs = at('2026-01-15T10:30:00Z');
    assert.deepEqual(uploadAbortion(configuration, { key: 'logs/a', initiatedMs }), {
      ruleId: 'rule-2',
      dueMs: at('2026-01-18'),
    });
    assert.deepEqual(uploadAbortion(configuration, { key: 'b', initiatedMs }), {
      ruleId: 'rule-1',
      dueMs: at('2026-01-23'),
    });
    assert.equal(uploadAbortion(rules({ expiration: { days: '1' } }), { key: 'b', initiatedMs }), undefined);
  });
});

describe('expiration', () => {
  const soon = [{ expiration: { days: '1' } }];
  const late = '2027-01-01';

  it('deletes for good only where there never were versions', () => {
    assert.equal(due(soon, late, { versioning: 'never' }), 'delete-version');
    assert.equal(due(soon, late, { versioning: 'enabled' }), 'add-delete-marker');
    assert.equal(due(soon, late, { versioning: 'suspended' }), 'add-delete-marker');
  });

  it('leaves noncurrent versions to their own rules', () => {
    assert.equal(due(soon, late, { version: noncurrent() }), 'nothing');
  });

  it('removes a delete marker when no other version is left', () => {
    const expired = [{ expiration: { expiredObjectDeleteMarker: 'true' } }];
    assert.equal(due(expired, '2026-01-16', { version: marker }), 'remove-delete-marker');
    assert.equal(due(expired, late, { version: { ...marker, isOnlyVersion: false } }), 'nothing');
    assert.equal(due(expired, late), 'nothing');
    assert.equal(due([{ expiration: { expiredObjectDeleteMarker: 'false' } }], late, { version: marker }), 'nothing');
    assert.equal(due(soon, '2026-01-16', { version: marker }), 'nothing');
    assert.equal(due(soon, '2026-01-17', { version: marker }), 'remove-delete-marker');
    assert.equal(due(soon, late, { version: { ...marker, isOnlyVersion: false } }), 'nothing');
  });

  it('keeps the newest noncurrent versions whatever their age', () => {
    const list = [{ noncurrentVersionExpiration: { noncurrentDays: '1', newerNoncurrentVersions: '2' } }];
    assert.deepEqual(
      [0, 1, 2, 3].map((newer) => due(list, late, { version: noncurrent(newer) })),
      ['nothing', 'nothing', 'delete-version', 'delete-version'],
    );
  });

  it('a disabled rule does nothing', () => {
    assert.equal(due([{ ...soon[0], status: 'Disabled' }], late), 'nothing');
  });

  it('the header of a current version names the earliest rule', () => {
    const configuration = rules(
      { expiration: { days: '30' } },
      { expiration: { days: '10' } },
      { transitions: [{ days: '1', storageClass: 'GLACIER' }] },
    );
    assert.deepEqual(nextExpiration(configuration, base, 'enabled'), { ruleId: 'rule-2', dueMs: at('2026-01-26') });
    assert.equal(nextExpiration(configuration, { ...base, ...noncurrent() }, 'enabled'), undefined);
  });
});

describe('filters', () => {
  const late = '2027-01-01';
  const matches = (filter: RawLifecycleRule['filter'], version: Partial<ObjectVersion> = {}) =>
    due([{ filter, expiration: { days: '1' } }], late, { version }) !== 'nothing';

  it('all parts of a filter must match', () => {
    const and = {
      prefix: 'logs/',
      tags: [
        { key: 'k', value: 'v' },
        { key: 'l', value: '' },
      ],
    };
    const tags = [
      { key: 'l', value: '' },
      { key: 'k', value: 'v' },
      { key: 'm', value: '' },
    ];
    assert.equal(matches({ and }, { tags }), true);
    assert.equal(matches({ and }, { tags: tags.slice(1) }), false);
    assert.equal(matches({ and }, { tags, key: 'log' }), false);
    assert.equal(matches({ tags: [{ key: 'k', value: 'V' }] }, { tags }), false);
    assert.equal(matches({}), true);
  });

  it('sizes are exclusive', () => {
    assert.deepEqual(
      [499, 500, 501].map((size) => matches({ objectSizeGreaterThan: '500' }, { size })),
      [false, false, true],
    );
    assert.deepEqual(
      [499, 500, 501].map((size) => matches({ objectSizeLessThan: '500' }, { size })),
      [true, false, false],
    );
  });

  it('a rule for tags or sizes does not cover delete markers', () => {
    assert.equal(matches({ tags: [{ key: 'k', value: 'v' }] }, marker), false);
    assert.equal(matches({ objectSizeLessThan: '500' }, marker), false);
    assert.equal(matches({ prefix: 'logs/' }, marker), true);
  });
});

describe('transitions', () => {
  const late = '2027-01-01';
  const to = (storageClass: StorageClass, days = '30') => ({ transitions: [{ days, storageClass }] });

  it('lead to cheaper classes only', () => {
    assert.equal(due([to('GLACIER')], late), 'GLACIER');
    assert.equal(due([to('STANDARD_IA')], late, { version: { storageClass: 'GLACIER' } }), 'nothing');
    assert.equal(due([to('GLACIER')], late, { version: { storageClass: 'GLACIER' } }), 'nothing');
    assert.equal(due([to('DEEP_ARCHIVE')], late, { version: { storageClass: 'GLACIER' } }), 'DEEP_ARCHIVE');
    assert.equal(due([to('GLACIER')], late, { version: marker }), 'nothing');
    assert.equal(storageClasses.length, 7);
  });

  it('to STANDARD and to classes beside the list count by time: the one that fell due last', () => {
    const there = [to('STANDARD_IA'), to('CESS_2_1', '60'), to('STANDARD', '90')];
    const onDay = (day: string, storageClass: StorageClass) => due(there, day, { version: { storageClass } });
    // Due on 15 February, 17 March and 16 April.
    assert.equal(onDay('2026-02-20', 'STANDARD'), 'STANDARD_IA');
    assert.equal(onDay('2026-03-20', 'STANDARD_IA'), 'CESS_2_1');
    assert.equal(onDay('2026-03-20', 'CESS_2_1'), 'nothing');
    assert.equal(onDay('2026-04-20', 'CESS_2_1'), 'STANDARD');
    assert.equal(onDay('2026-04-20', 'STANDARD'), 'nothing');
    const onward = [to('CESS_2_1'), to('ONEZONE_IA', '60')];
    assert.equal(due(onward, '2026-03-20', { version: { storageClass: 'CESS_2_1' } }), 'ONEZONE_IA');
    assert.equal(due(onward, '2026-03-20', { version: { storageClass: 'ONEZONE_IA' } }), 'nothing');
  });

  it('of one day lead to the same class again and again, whatever the order of the rules', () => {
    for (const list of [
      [to('STANDARD_IA'), to('STANDARD')],
      [to('STANDARD'), to('STANDARD_IA')],
    ]) {
      assert.equal(due(list, late), 'STANDARD_IA');
      assert.equal(due(list, late, { version: { storageClass: 'STANDARD_IA' } }), 'nothing');
    }
  });

  it('leave objects below 128 KiB in place, unless the filter names a size', () => {
    const small = { version: { size: 131_071 } };
    assert.equal(due([to('GLACIER')], late, small), 'nothing');
    assert.equal(due([to('GLACIER')], late, { version: { size: 131_072 } }), 'GLACIER');
    assert.equal(due([{ ...to('GLACIER'), filter: { objectSizeGreaterThan: '1000' } }], late, small), 'GLACIER');
    const minimum = 'varies_by_storage_class';
    assert.equal(due([to('GLACIER')], late, { ...small, minimum }), 'GLACIER');
    assert.equal(due([to('STANDARD_IA')], late, { ...small, minimum }), 'nothing');
  });

  it('of noncurrent versions have their own days', () => {
    const list = [
      {
        ...to('GLACIER', '1'),
        noncurrentVersionTransitions: [
          { noncurrentDays: '60', storageClass: 'DEEP_ARCHIVE', newerNoncurrentVersions: '1' },
        ],
      },
    ];
    assert.equal(due(list, '2026-04-02', { version: noncurrent(1) }), 'nothing');
    assert.equal(due(list, '2026-04-03', { version: noncurrent(1) }), 'DEEP_ARCHIVE');
    assert.equal(due(list, late, { version: noncurrent(0) }), 'nothing');
  });
});

describe('conflicts of rules', () => {
  const late = '2027-01-01';

  it('permanent deletion comes before transition, transition before a delete marker', () => {
    const list = [
      { expiration: { days: '365' }, filter: { prefix: 'logs' } },
      { transitions: [{ days: '365', storageClass: 'GLACIER' }] },
    ];
    assert.equal(due(list, '2027-06-01', { versioning: 'never' }), 'delete-version');
    assert.equal(due(list, '2027-06-01', { versioning: 'enabled' }), 'GLACIER');
    assert.equal(due(list, '2027-06-01', { version: { storageClass: 'GLACIER' } }), 'add-delete-marker');
  });

  it('the earlier of two expirations counts', () => {
    const configuration = rules({ expiration: { days: '100' } }, { expiration: { days: '10' } });
    const action = dueAction(configuration, base, 'enabled', at(late));
    assert.deepEqual(action, { action: 'add-delete-marker', ruleId: 'rule-2', dueMs: at('2026-01-26') });
  });

  it('of two transitions the archive counts, then Intelligent-Tiering, then the cheaper class', () => {
    const both = (left: StorageClass, right: StorageClass) =>
      due(
        [left, right].map((storageClass) => ({ transitions: [{ days: '30', storageClass }] })),
        late,
      );
    assert.equal(both('STANDARD_IA', 'GLACIER'), 'GLACIER');
    assert.equal(both('GLACIER', 'ONEZONE_IA'), 'GLACIER');
    assert.equal(both('GLACIER', 'INTELLIGENT_TIERING'), 'GLACIER');
    assert.equal(both('GLACIER_IR', 'INTELLIGENT_TIERING'), 'INTELLIGENT_TIERING');
    assert.equal(both('STANDARD_IA', 'ONEZONE_IA'), 'ONEZONE_IA');
    assert.equal(both('DEEP_ARCHIVE', 'GLACIER'), 'DEEP_ARCHIVE');
  });
});
