// Whether Amazon S3 calls a bucket policy public (Amazon S3 User Guide, "The meaning of 'public'"). A policy is public unless
// each of its statements that allow is limited to fixed values: to principals, to not too large ranges of addresses, or to
// one of the keys below. A fixed value has no wildcard and no policy variable. Statements that deny do not count.
import { parseRange } from '../conditions/address.js';
import { operators } from '../conditions/operators.js';
import { isFixed, parseTemplate } from '../matching/template.js';
import type { PolicyCondition, PolicyDocument, PolicyStatement } from './document.js';

const limitingKeys = new Set([
  'aws:principalorgid',
  'aws:sourcearn',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:sourceowner',
  'aws:sourceaccount',
  'aws:userid',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:dataaccesspointaccount',
]);
const equalities = new Set(['StringEquals', 'StringEqualsIgnoreCase', 'StringLike', 'ArnEquals', 'ArnLike']);

/** Shorter prefixes are as good as the whole internet. */
const shortestIpv4Prefix = 8;
const shortestIpv6Prefix = 32;

export function isPublicPolicy({ statements }: PolicyDocument): boolean {
  return statements.some(isPublicStatement);
}

function isPublicStatement({ effect, principals, conditions }: PolicyStatement): boolean {
  if (effect === 'Deny' || principals === undefined) return false;
  return (principals.isEveryone || principals.isNegated) && !conditions.some(limits);
}

/** Whether the condition limits a statement to fixed values. One that holds for requests without the key does not. */
function limits({ operator, qualifier, ifExists, key, values }: PolicyCondition): boolean {
  if (ifExists || qualifier === 'ForAllValues' || operators[operator].isNegated) return false;
  const name = key.toLowerCase();
  if (name === 'aws:sourceip') return operator === 'IpAddress' && values.every(isNarrowRange);
  if (!equalities.has(operator)) return false;
  if (name === 's3:dataaccesspointarn') return values.every(hasFixedAccount);
  return limitingKeys.has(name) && values.every((value) => isFixedValue(value, operator));
}

function isNarrowRange(value: string): boolean {
  const range = parseRange(value);
  if (range === undefined) return false;
  return range.bits >= (range.bytes.length === 4 ? shortestIpv4Prefix : shortestIpv6Prefix);
}

function isFixedValue(value: string, operator: string): boolean {
  const allowsWildcards = /Like$|^Arn/.test(operator);
  const parts = parseTemplate(value, { allowsVariables: true, allowsWildcards });
  return parts !== undefined && isFixed(parts);
}

/** The name of an access point may have wildcards if the account in the ARN is fixed. */
function hasFixedAccount(value: string): boolean {
  return /^arn:[^:]*:[^:]*:[^:]*:[0-9]{12}:/.test(value);
}
