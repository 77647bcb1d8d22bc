import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomOf } from '../test-support/generate.js';
import { plainMatch } from '../test-support/reference-matching.js';
import { createWork } from './parts.js';
import { compilePattern } from './pattern.js';

const matches = (pattern: string, text: string) => compilePattern(pattern).matches(text, createWork());

describe('wildcard patterns', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['**', 'any', true],
    ['a', 'A', false],
    ['a*', 'a', true],
    ['*a', 'ba', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['ab*ba', 'aba', false],
    ['*aab*', 'aaab', true],
    ['*ab*cd*', 'abxcd', true],
    ['*ab*cd*', 'cdab', false],
    ['?', '', false],
    ['?', '😀', true],
    ['??', '😀', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*a?c*', 'aabbc abc', true],
    ['*?', '', false],
    ['?*?', 'ab', true],
    ['?*?', 'a', false],
    ['.*', 'ab', false],
    ['a/*/c', 'a/b/b/c', true],
  ];
  for (const [pattern, text, expected] of cases)
    it(`"${pattern}" ${expected ? 'matches' : 'does not match'} "${text}"`, () => {
      assert.equal(matches(pattern, text), expected);
    });

  it('patterns match what the full table of prefixes matches', () => {
    const random = randomOf(11);
    const word = (letters: string, length: number) =>
      Array.from({ length }, () => [...letters][Math.floor(random() * [...letters].length)]).join('');
    let matched = 0;
    for (let run = 0; run < 20_000; run++) {
      const pattern = word(run % 2 === 0 ? 'aab*' : 'aab😀*?', Math.floor(random() * 8));
      const text = word(run % 2 === 0 ? 'aab' : 'ab😀', Math.floor(random() * 10));
      const expected = plainMatch(pattern, text);
      if (expected) matched++;
      assert.equal(matches(pattern, text), expected, `run ${run}: "${pattern}" and "${text}"`);
    }
    assert.ok(matched > 1000, `${matched} matched`);
  });

  it('pieces of more than 32 characters with ? are found across words', () => {
    const piece = `${'a'.repeat(40)}?${'b'.repeat(40)}`;
    assert.equal(matches(`*${piece}*`, `${'a'.repeat(60)}c${'b'.repeat(60)}`), true);
    assert.equal(matches(`*${piece}*`, `${'a'.repeat(39)}c${'b'.repeat(60)}`), false);
    assert.equal(matches(`*${piece}*`, `${'a'.repeat(60)}c${'b'.repeat(39)}`), false);
  });
});

describe('the work of wildcard patterns', () => {
  const stepsOf = (pattern: string, text: string) => {
    const work = createWork();
    compilePattern(pattern).matches(text, work);
    return work.steps;
  };

  /** Patterns that make a matcher with backtracking exponential or quadratic. */
  const hostile: readonly (readonly [string, (size: number) => readonly [string, string]])[] = [
    ['many runs', (size) => [`${'*a'.repeat(size)}*b`, 'a'.repeat(size)]],
    [
      'runs between pieces that nearly match',
      (size) => [`*${`${'a'.repeat(30)}b*`.repeat(size / 32)}`, 'a'.repeat(size)],
    ],
    ['one long piece that nearly matches', (size) => [`*${'a'.repeat(size / 2)}b*`, 'a'.repeat(size)]],
    ['runs only', (size) => ['*'.repeat(size), 'a'.repeat(size)]],
    ['single characters between runs', (size) => [`*${'?*'.repeat(size / 2)}b`, 'a'.repeat(size)]],
  ];
  for (const [what, make] of hostile)
    it(`grows in proportion to pattern and text: ${what}`, () => {
      for (const size of [64, 512, 4096]) {
        const [pattern, text] = make(size);
        const steps = stepsOf(pattern, text);
        assert.ok(
          steps <= 3 * (pattern.length + text.length) + 3,
          `${steps} steps for ${pattern.length} and ${text.length} characters`,
        );
      }
    });

  it('takes a thirty-second of the product for long pieces with ?', () => {
    for (const size of [64, 512, 4096]) {
      const pattern = `*${'a?'.repeat(size / 4)}b*`;
      const steps = stepsOf(pattern, 'a'.repeat(size));
      assert.ok(steps <= size * (pattern.length / 32 + 2) + pattern.length, `${steps} steps for ${size} characters`);
    }
  });
});
