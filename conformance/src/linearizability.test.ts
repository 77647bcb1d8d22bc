// The checker of linearizability and the model of S3 objects, by histories that are known to be linearizable or not.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstViolation, type Recorded } from './support/linearizability.js';
import { type Condition, marker, type ObjectOperation, objectModel } from './support/s3-object-model.js';
import { pick, seededRandom } from './support/seeded.js';

const always: Condition = { type: 'none' };
const absent: Condition = { type: 'absent' };
const put = (
  content: string,
  outcome: 'ok' | 'refused' | 'unknown' = 'ok',
  condition: Condition = always,
): ObjectOperation => ({
  type: 'put',
  content,
  condition,
  outcome,
});
const get = (outcome: string | undefined): ObjectOperation => ({ type: 'get', outcome });
const remove = (outcome: 'ok' | 'unknown' = 'ok'): ObjectOperation => ({ type: 'delete', outcome });
const at = (invoked: number, returned: number, operation: ObjectOperation): Recorded<ObjectOperation> => ({
  invoked,
  returned,
  operation,
});

type History = readonly Recorded<ObjectOperation>[];
const plain = objectModel({ keepsVersions: false });
const versioned = objectModel({ keepsVersions: true });
const isLinearizable = (history: History, model = plain) => firstViolation(history, model) === undefined;

const good: readonly (readonly [string, History])[] = [
  ['nothing', []],
  ['one after another', [at(1, 2, put('a')), at(3, 4, get('a')), at(5, 6, remove()), at(7, 8, get(undefined))]],
  ['a read during a write sees the old value', [at(1, 2, put('a')), at(3, 6, put('b')), at(4, 5, get('a'))]],
  ['a read during a write sees the new value', [at(1, 2, put('a')), at(3, 6, put('b')), at(4, 5, get('b'))]],
  [
    'one of two creations wins',
    [at(1, 4, put('a', 'ok', absent)), at(2, 3, put('b', 'refused', absent)), at(5, 6, get('a'))],
  ],
  ['an unknown write took effect', [at(1, 4, put('a', 'unknown')), at(5, 6, get('a'))]],
  ['an unknown write took no effect', [at(1, 4, put('a', 'unknown')), at(5, 6, get(undefined))]],
  [
    'an unknown deletion between two reads',
    [at(1, 2, put('a')), at(3, 8, remove('unknown')), at(4, 5, get('a')), at(6, 7, get(undefined))],
  ],
];

const bad: readonly (readonly [string, History])[] = [
  ['a value that nobody wrote', [at(1, 2, get('a'))]],
  ['a lost write', [at(1, 2, put('a')), at(3, 4, get(undefined))]],
  ['an old value after a new one', [at(1, 2, put('a')), at(3, 8, put('b')), at(4, 5, get('b')), at(6, 7, get('a'))]],
  ['two creations win', [at(1, 4, put('a', 'ok', absent)), at(2, 3, put('b', 'ok', absent))]],
  ['a creation is refused though nothing is there', [at(1, 2, put('a', 'refused', absent))]],
  ['a deleted object is back', [at(1, 2, put('a')), at(3, 4, remove()), at(5, 6, get('a'))]],
  ['an unknown write is seen, then not', [at(1, 2, put('a', 'unknown')), at(3, 4, get('a')), at(5, 6, get(undefined))]],
  ['a write takes effect after its end', [at(1, 2, put('a', 'unknown')), at(3, 4, get(undefined)), at(5, 6, get('a'))]],
  [
    'a condition holds on a value that was replaced',
    [at(1, 2, put('a')), at(3, 4, put('b')), at(5, 6, put('c', 'ok', { type: 'is', content: 'a' }))],
  ],
];

describe('the checker of linearizability', () => {
  for (const [title, history] of good) it(`accepts: ${title}`, () => assert.ok(isLinearizable(history)));
  for (const [title, history] of bad) it(`refuses: ${title}`, () => assert.ok(!isLinearizable(history)));

  it('names the operation that has an impossible outcome', () => {
    const wrong = at(3, 4, get('b'));
    assert.equal(firstViolation([at(1, 2, put('a')), wrong, at(5, 6, get('a'))], plain), wrong);
  });

  it('knows versions, markers and their deletion', () => {
    const list = (...outcome: string[]): ObjectOperation => ({ type: 'list', outcome });
    const history = [
      at(1, 2, put('a')),
      at(3, 4, put('b')),
      at(5, 6, remove()),
      at(7, 8, get(undefined)),
      at(9, 10, list(marker, 'b', 'a')),
      at(11, 12, { type: 'delete-version', content: 'b', outcome: 'ok' }),
      at(13, 14, { type: 'get-version', content: 'a', outcome: 'there' }),
      at(15, 16, list(marker, 'a')),
    ];
    assert.ok(isLinearizable(history, versioned));
    assert.ok(!isLinearizable([...history, at(17, 18, list(marker, 'b', 'a'))], versioned));
    assert.ok(
      !isLinearizable([...history, at(17, 18, { type: 'get-version', content: 'b', outcome: 'there' })], versioned),
    );
  });

  it('accepts random histories of a real object, and refuses them with one read changed', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const history = randomHistory(seed);
      assert.ok(isLinearizable(history), `seed ${seed}`);
      const read = history.findIndex(({ operation }) => operation.type === 'get');
      const changed = history.map((one, index) => (index === read ? { ...one, operation: get('never written') } : one));
      if (read >= 0) assert.ok(!isLinearizable(changed), `seed ${seed}`);
    }
  });
});

/** Eight clients at once; each operation takes effect at a random moment of its time. */
function randomHistory(seed: number): History {
  const random = seededRandom(seed);
  const planned = Array.from({ length: 60 }, (_, index) => {
    const start = Math.floor(index / 8) * 100 + random() * 100;
    const effect = start + random() * 80;
    return {
      start,
      effect,
      end: effect + random() * 80,
      content: `c${index}`,
      kind: pick(random, ['put', 'get', 'new', 'delete']),
    };
  });
  let value: string | undefined;
  return planned
    .toSorted((a, b) => a.effect - b.effect)
    .map(({ start, end, content, kind }) => {
      if (kind === 'get') return at(start, end, get(value));
      if (kind === 'delete') value = undefined;
      if (kind === 'delete') return at(start, end, remove());
      const isRefused = kind === 'new' && value !== undefined;
      if (!isRefused) value = content;
      return at(start, end, put(content, isRefused ? 'refused' : 'ok', kind === 'new' ? absent : always));
    });
}
