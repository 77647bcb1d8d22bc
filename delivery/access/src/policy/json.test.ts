import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import { compilePolicy, parsePolicy } from '../index.js';
import { failure, statement } from '../test-support/failures.js';
import { generateCase, randomOf } from '../test-support/generate.js';

describe('JSON of policies', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['a member twice', '{"Id": "a",\n "Id": "b"}', /line 2, column 2 repeats the member "Id"/],
    ['a comment', '{ /* no */ }', /line 1, column 3 must be the name/],
    ['a trailing comma', '{"Id": "a",}', /must be the name/],
    ['single quotes', "{'Id': 1}", /must be the name/],
    ['text after the document', '{} {}', /line 1, column 4 follows the end/],
    ['a text that ends early', '{"Id": "a', /ends inside a string/],
    ['a line break inside a string', '{"Id": "a\nb"}', /is a control character/],
    ['an unknown escape', '{"Id": "\\x41"}', /is not a valid escape/],
    ['a number with a leading zero', '{"Id": 01}', /must be a comma or a closing brace/],
    ['NaN', '{"Id": NaN}', /is not a JSON value/],
    ['nothing', '', /line 1, column 1 is not a JSON value/],
    ['deep nesting', `{"Id": ${'['.repeat(10_000)}`, /nests too deep/],
  ];
  for (const [what, text, expected] of cases)
    it(`refuses ${what}`, () => {
      assert.match(failure(text, 'bucket').message, expected);
    });

  it('names such as __proto__ are members like others', () => {
    assert.match(failure('{"__proto__": {"Statement": []}}', 'bucket').message, /__proto__ is not an element/);
  });

  it('escapes are read as JSON.parse reads them', () => {
    const { id } = parsePolicy(`{"Id": "\\u00e9\\n\\/\\"", "Statement": ${JSON.stringify(statement)}}`, 'bucket');
    assert.equal(id, 'é\n/"');
  });

  it('a changed document is refused with an error of this package, or compiles', () => {
    const random = randomOf(7);
    const words = ['"', '{', '*', '\\', '${', '\u0000', '', 'a', 'e', '1', '?', ' '];
    let accepted = 0;
    for (let seed = 1; seed <= 3000; seed++) {
      const { policies } = generateCase(seed);
      const policy = policies.resource ?? policies.identity[0];
      if (policy === undefined) continue;
      const characters = [...JSON.stringify(policy)];
      const changes = seed % 3;
      for (let change = 0; change <= changes; change++) {
        const at = Math.floor(random() * characters.length);
        characters.splice(at, Math.floor(random() * 2), words[Math.floor(random() * words.length)]!);
      }
      try {
        compilePolicy(parsePolicy(characters.join(''), policies.resource === undefined ? 'managed' : 'bucket'), 'p');
        accepted++;
      } catch (error) {
        assert.ok(isCessError(error, 'POLICY_MALFORMED'), `case ${seed}: ${error}`);
      }
    }
    assert.ok(accepted > 100, `${accepted} documents were accepted`);
  });
});
