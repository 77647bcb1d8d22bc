// The condition operators (AWS IAM User Guide, "IAM JSON policy elements: Condition operators"): what values each takes in a
// policy, and how it compares a value of the request with one of them. A negated operator is its positive one, negated as
// a whole; condition.ts applies that, `IfExists` and the set qualifiers.
import { compileAddress } from './address.js';
import { compileDate } from './date.js';
import { compileNumber } from './number.js';
import {
  compileArn,
  compileBinary,
  compileBoolean,
  compileLike,
  compileString,
  compileStringIgnoringCase,
} from './text.js';
import type { ValueComparison, ValueSyntax } from './value-comparison.js';

interface Operator {
  /** Undefined for a value that the operator does not take. */
  compile(value: string, syntax: ValueSyntax): ValueComparison | undefined;
  readonly isNegated: boolean;
  /** Completes "takes". */
  readonly expects: string;
}

const text = 'text with valid policy variables';
const number = 'a decimal number';
const date = 'a date of ISO 8601 or seconds since 1970';
const arn = 'an ARN with valid policy variables';
const address = 'an IPv4 or IPv6 address or range, such as 203.0.113.0/24';
const boolean = '"true" or "false"';

const positive = (compile: Operator['compile'], expects: string): Operator => ({ compile, expects, isNegated: false });
const negative = (compile: Operator['compile'], expects: string): Operator => ({ compile, expects, isNegated: true });

export const operators = {
  StringEquals: positive(compileString, text),
  StringNotEquals: negative(compileString, text),
  StringEqualsIgnoreCase: positive(compileStringIgnoringCase, text),
  StringNotEqualsIgnoreCase: negative(compileStringIgnoringCase, text),
  StringLike: positive(compileLike, text),
  StringNotLike: negative(compileLike, text),
  NumericEquals: positive(compileNumber('equal'), number),
  NumericNotEquals: negative(compileNumber('equal'), number),
  NumericLessThan: positive(compileNumber('less'), number),
  NumericLessThanEquals: positive(compileNumber('less or equal'), number),
  NumericGreaterThan: positive(compileNumber('greater'), number),
  NumericGreaterThanEquals: positive(compileNumber('greater or equal'), number),
  DateEquals: positive(compileDate('equal'), date),
  DateNotEquals: negative(compileDate('equal'), date),
  DateLessThan: positive(compileDate('less'), date),
  DateLessThanEquals: positive(compileDate('less or equal'), date),
  DateGreaterThan: positive(compileDate('greater'), date),
  DateGreaterThanEquals: positive(compileDate('greater or equal'), date),
  Bool: positive(compileBoolean, boolean),
  BinaryEquals: positive(compileBinary, 'bytes in base64'),
  IpAddress: positive(compileAddress, address),
  NotIpAddress: negative(compileAddress, address),
  // Amazon gives ArnEquals wildcards as well: it is ArnLike under another name.
  ArnEquals: positive(compileArn, arn),
  ArnNotEquals: negative(compileArn, arn),
  ArnLike: positive(compileArn, arn),
  ArnNotLike: negative(compileArn, arn),
  // Compares the absence of a key; condition.ts passes "true" for a key that is absent.
  Null: positive(compileBoolean, boolean),
} as const satisfies Readonly<Record<string, Operator>>;

export type ConditionOperator = keyof typeof operators;
export type SetQualifier = 'ForAllValues' | 'ForAnyValue';

export interface ParsedOperator {
  readonly operator: ConditionOperator;
  readonly qualifier?: SetQualifier;
  readonly ifExists: boolean;
}

/** Reads a name such as `ForAnyValue:StringLikeIfExists`; undefined if there is no such operator. */
export function parseOperator(name: string): ParsedOperator | undefined {
  const [, qualifier, base = ''] = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+)$/.exec(name) ?? [];
  const ifExists = base.endsWith('IfExists');
  const operator = ifExists ? base.slice(0, -'IfExists'.length) : base;
  if (!isOperator(operator)) return undefined;
  if (operator === 'Null' && (ifExists || qualifier !== undefined)) return undefined;
  return { operator, ifExists, ...(qualifier === undefined ? {} : { qualifier: qualifier as SetQualifier }) };
}

function isOperator(name: string): name is ConditionOperator {
  return Object.hasOwn(operators, name);
}
