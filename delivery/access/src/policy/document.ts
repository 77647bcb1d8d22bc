// A policy document after validation: plain data that can be compiled, stored and compared.
import type { ConditionOperator, SetQualifier } from '../conditions/operators.js';

/** `2008-10-17` has no policy variables; it is the version of a document that states none. */
export type PolicyVersion = '2008-10-17' | '2012-10-17';

export interface PolicyDocument {
  readonly version: PolicyVersion;
  readonly id?: string;
  readonly statements: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  /** Absent in identity policies. */
  readonly principals?: PrincipalElement;
  readonly actions: PatternElement;
  /** Absent in trust policies: the role itself. */
  readonly resources?: PatternElement;
  readonly conditions: readonly PolicyCondition[];
}

/** `Action` or `NotAction`, `Resource` or `NotResource`. */
export interface PatternElement {
  readonly isNegated: boolean;
  readonly patterns: readonly string[];
}

/** `Principal` or `NotPrincipal`. */
export interface PrincipalElement {
  readonly isNegated: boolean;
  /** `"*"` or `{"AWS": "*"}`: anonymous requests, too. */
  readonly isEveryone: boolean;
  /** Account numbers, also from `arn:aws:iam::<account>:root`. */
  readonly accounts: readonly string[];
  /** Users, roles, sessions of roles, federated users. */
  readonly arns: readonly string[];
  readonly canonicalIds: readonly string[];
  readonly services: readonly string[];
  readonly providers: readonly string[];
}

/** One operator and one key; a statement matches only if all of its conditions hold. */
export interface PolicyCondition {
  readonly operator: ConditionOperator;
  readonly qualifier?: SetQualifier;
  readonly ifExists: boolean;
  readonly key: string;
  readonly values: readonly string[];
}
