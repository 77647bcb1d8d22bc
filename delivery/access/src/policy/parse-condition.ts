// The element Condition: operators, each with keys, each with values.
import { operators, parseOperator } from '../conditions/operators.js';
import { policyError } from '../errors.js';
import type { PolicyCondition, PolicyVersion } from './document.js';
import { join, readObject, readScalars } from './elements.js';
import type { Json } from './json.js';

/** Names of services and keys, and after a slash the key of a tag, which may hold other characters. */
const keyPattern = /^[A-Za-z0-9-]+:[A-Za-z0-9._-]+(?:\/.{1,128})?$/;

export function readConditions(json: Json | undefined, at: string, version: PolicyVersion): readonly PolicyCondition[] {
  const conditions: PolicyCondition[] = [];
  for (const [name, block] of readObject(json, at)) {
    const place = join(at, name);
    const parsed = parseOperator(name);
    if (parsed === undefined) throw policyError(place, 'is not a condition operator');
    const seen = new Set<string>();
    for (const [key, values] of readObject(block, place)) {
      if (!keyPattern.test(key)) throw policyError(join(place, key), 'is not a condition key');
      // Keys do not depend on case, so this is a duplicate that JSON does not see.
      if (seen.has(key.toLowerCase())) throw policyError(join(place, key), 'repeats a key of this operator');
      seen.add(key.toLowerCase());
      const condition = { ...parsed, key, values: readScalars(values, join(place, key)) };
      assertValues(condition, join(place, key), version);
      conditions.push(condition);
    }
  }
  return conditions;
}

function assertValues({ operator, values }: PolicyCondition, at: string, version: PolicyVersion): void {
  const { compile, expects } = operators[operator];
  for (const value of values)
    if (compile(value, { allowsVariables: version === '2012-10-17' }) === undefined)
      throw policyError(at, `holds "${value}"; ${operator} takes ${expects}`);
}
