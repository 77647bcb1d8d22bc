// How an operator compares a value of the request with one value of the policy.
import type { Work } from '../matching/parts.js';
import type { Lookup } from '../matching/template.js';

/** Compares a value of the request with the value of the policy for which it was compiled. */
export type ValueComparison = (value: string, lookup: Lookup, work: Work) => boolean;

export interface ValueSyntax {
  readonly allowsVariables: boolean;
}
