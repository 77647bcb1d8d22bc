// One condition of a statement, compiled. What Amazon documents:
//   - a condition holds if one value of the policy matches; a negated operator holds if none does;
//   - a key that the request lacks matches nothing: positive operators fail, negated ones hold;
//   - `IfExists` holds for such a key;
//   - `ForAllValues` holds if every value of the request passes the operator, also if there is none (an empty text counts as
//     none); `ForAnyValue` holds if at least one passes;
//   - `Null` holds if the key is absent ("true") or present ("false").
// Amazon leaves open what an operator without qualifier does with several values: here it asks for any of them, and its
// negation for none.
import { invariant } from '@cess/primitives';
import type { Work } from '../matching/parts.js';
import type { Lookup } from '../matching/template.js';
import type { PolicyCondition, PolicyVersion } from '../policy/document.js';
import { operators } from './operators.js';
import type { ValueComparison } from './value-comparison.js';

export class Condition {
  readonly #key: string;
  readonly #tests: readonly ValueComparison[];
  readonly #isNegated: boolean;
  readonly #condition: PolicyCondition;

  constructor(condition: PolicyCondition, version: PolicyVersion) {
    const { compile, isNegated } = operators[condition.operator];
    this.#condition = condition;
    this.#key = condition.key.toLowerCase();
    this.#isNegated = isNegated;
    const allowsVariables = version === '2012-10-17';
    this.#tests = condition.values.map((value) => {
      const test = compile(value, { allowsVariables });
      invariant(test !== undefined, `the parser accepts no value such as ${value} for ${condition.operator}`);
      return test;
    });
  }

  holds(lookup: Lookup, work: Work): boolean {
    const { operator, qualifier, ifExists } = this.#condition;
    const values = lookup(this.#key) ?? [];
    work.steps++;
    if (operator === 'Null') return this.#matches(String(values.length === 0), lookup, work);
    if (values.length === 0 && ifExists) return true;
    const passes = (value: string) => this.#matches(value, lookup, work) !== this.#isNegated;
    if (qualifier === 'ForAllValues') return values.every((value) => value === '' || passes(value));
    if (qualifier === 'ForAnyValue') return values.some(passes);
    return values.some((value) => this.#matches(value, lookup, work)) !== this.#isNegated;
  }

  #matches(value: string, lookup: Lookup, work: Work): boolean {
    for (const test of this.#tests) if (test(value, lookup, work)) return true;
    return false;
  }
}
