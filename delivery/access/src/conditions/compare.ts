// The orders of numbers and dates.

export type Comparison = 'equal' | 'less' | 'less or equal' | 'greater' | 'greater or equal';

/** Whether the value of the request stands in this order to that of the policy. */
export function compares(value: number, comparison: Comparison, policy: number): boolean {
  if (comparison === 'equal') return value === policy;
  if (comparison === 'less') return value < policy;
  if (comparison === 'less or equal') return value <= policy;
  return comparison === 'greater' ? value > policy : value >= policy;
}
