// The policy document of a browser's form upload: until when it holds, and what the fields may say (Amazon S3 API Reference,
// "POST Policy"). Every field must be named by a condition, so that a page can send nothing that its author did not sign.
import { S3Error } from '../errors.js';

interface FieldCondition {
  readonly operator: 'eq' | 'starts-with';
  /** Lower case, without the dollar sign. */
  readonly field: string;
  readonly value: string;
}

export interface PostPolicy {
  readonly expiresMs: number;
  readonly conditions: readonly FieldCondition[];
  /** Least and greatest size of the file. */
  readonly sizes: readonly { readonly min: number; readonly max: number }[];
}

/** Fields that need no condition. */
const unconditional = new Set(['policy', 'x-amz-signature', 'file']);

/** Parses the field `policy`. Throws InvalidPolicyDocument. */
export function parsePostPolicy(base64: string): PostPolicy {
  const document = asObject(parseJson(base64));
  const { expiration, conditions } = document;
  const expiresMs =
    typeof expiration === 'string' && /^\d{4}-\d\d-\d\dT/.test(expiration) ? Date.parse(expiration) : Number.NaN;
  if (Number.isNaN(expiresMs)) throw invalid('The expiration must be a date such as 2030-01-01T12:00:00.000Z.');
  if (!Array.isArray(conditions)) throw invalid('The conditions must be a list.');
  const fields: FieldCondition[] = [];
  const sizes: { min: number; max: number }[] = [];
  for (const condition of conditions as readonly unknown[]) {
    if (!Array.isArray(condition)) fields.push(...exactConditions(asObject(condition)));
    else if (String(condition[0]).toLowerCase() === 'content-length-range') sizes.push(sizeCondition(condition));
    else fields.push(fieldCondition(condition));
  }
  return { expiresMs, conditions: fields, sizes };
}

/** Throws AccessDenied, with the condition that does not hold. `fields` have the bucket and the final key. */
export function checkPostPolicy(policy: PostPolicy, fields: ReadonlyMap<string, string>, nowMs: number): void {
  if (nowMs >= policy.expiresMs) throw denied('Policy expired.');
  for (const { operator, field, value } of policy.conditions) {
    const actual = fields.get(field) ?? '';
    if (!holds(operator, field, actual, value))
      throw denied(`Policy Condition failed: ["${operator}", "$${field}", "${value}"]`);
  }
  const named = new Set(policy.conditions.map(({ field }) => field));
  for (const name of fields.keys()) {
    const isExempt = unconditional.has(name) || name === 'bucket' || name.startsWith('x-ignore-');
    if (!isExempt && !named.has(name)) throw denied(`Extra input fields: ${name.slice(0, 64)}`);
  }
}

/** Throws EntityTooSmall or EntityTooLarge. */
export function checkFileSize({ sizes }: Pick<PostPolicy, 'sizes'>, size: number, isWhole = true): void {
  for (const { min, max } of sizes) {
    const details = { ProposedSize: String(size), MinSizeAllowed: String(min), MaxSizeAllowed: String(max) };
    if (size > max) throw new S3Error('EntityTooLarge', { details });
    if (isWhole && size < min) throw new S3Error('EntityTooSmall', { details });
  }
}

/** A list of content types must match in each of its items. */
function holds(operator: FieldCondition['operator'], field: string, actual: string, value: string): boolean {
  if (operator === 'eq') return actual === value;
  const items = field === 'content-type' ? actual.split(',').map((item) => item.trim()) : [actual];
  return items.every((item) => item.startsWith(value));
}

function exactConditions(object: Readonly<Record<string, unknown>>): readonly FieldCondition[] {
  return Object.entries(object).map(([name, value]) => fieldCondition(['eq', `$${name}`, value]));
}

function fieldCondition([operator, field, value, ...more]: readonly unknown[]): FieldCondition {
  const name = typeof operator === 'string' ? operator.toLowerCase() : '';
  const isWellFormed =
    (name === 'eq' || name === 'starts-with') &&
    typeof field === 'string' &&
    field.startsWith('$') &&
    typeof value === 'string' &&
    more.length === 0;
  if (!isWellFormed)
    throw invalid('A condition must be {"field": "value"}, ["eq" or "starts-with", "$field", "value"].');
  return { operator: name, field: field.slice(1).toLowerCase(), value };
}

function sizeCondition([, least, greatest, ...more]: readonly unknown[]): {
  readonly min: number;
  readonly max: number;
} {
  const [min, max] = [Number(least), Number(greatest)];
  if (more.length > 0 || !Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min < 0 || max < min) {
    throw invalid('content-length-range needs a least and a greatest size.');
  }
  return { min, max };
}

function parseJson(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
  } catch (cause) {
    throw new S3Error('InvalidPolicyDocument', { message: 'Invalid Policy: Invalid JSON.', cause });
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('It must hold objects.');
  return value as Readonly<Record<string, unknown>>;
}

function invalid(what: string): S3Error {
  return new S3Error('InvalidPolicyDocument', { message: `Invalid Policy: ${what}` });
}

function denied(what: string): S3Error {
  return new S3Error('AccessDenied', { message: `Invalid according to Policy: ${what}` });
}
