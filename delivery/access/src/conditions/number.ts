// Numeric operators. Values are decimal numbers; sizes of objects and counts are exact, fractions and numbers beyond 2^53
// have the precision of a double. A value of the request that is no number equals none and stands in no order.
import { type Comparison, compares } from './compare.js';
import type { ValueComparison } from './value-comparison.js';

const pattern = /^[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,3})?$/;

export function compileNumber(comparison: Comparison): (value: string) => ValueComparison | undefined {
  return (value) => {
    const policy = parseNumber(value);
    if (policy === undefined) return undefined;
    return (text, _lookup, work) => {
      work.steps++;
      const number = parseNumber(text);
      return number !== undefined && compares(number, comparison, policy);
    };
  };
}

function parseNumber(text: string): number | undefined {
  return pattern.test(text) ? Number(text) : undefined;
}
