// Parsing and validation of policy documents (AWS IAM User Guide, "IAM JSON policy elements reference"; for bucket policies
// Amazon S3 User Guide, "Bucket policies"). Strict: duplicate and unknown members are refused, so that no typing error
// widens a policy.
import { policyError } from '../errors.js';
import { assertBucketStatement } from './bucket-rules.js';
import type { PatternElement, PolicyDocument, PolicyStatement, PolicyVersion } from './document.js';
import { chooseMember, isArray, join, readObject, readString, readStrings } from './elements.js';
import { type JsonObject, parseStrictJson } from './json.js';
import { assertPolicySize, type PolicyKind, policyKinds } from './kinds.js';
import { readConditions } from './parse-condition.js';
import { readPrincipals } from './parse-principal.js';
import { assertActionPattern, assertResourcePattern } from './patterns.js';

export interface ParseOptions {
  /** Of a bucket policy: the bucket, for what Amazon S3 checks beyond the grammar (bucket-rules.ts). Absent: only the grammar. */
  readonly bucket?: string;
}

/**
 * Parses a document of the given kind. Throws `POLICY_TOO_LARGE` before it parses, and `POLICY_MALFORMED`, whose message
 * and data name the wrong element.
 */
export function parsePolicy(text: string, kind: PolicyKind, options: ParseOptions = {}): PolicyDocument {
  assertPolicySize(text, kind);
  const root = readObject(parseStrictJson(text), 'The policy', ['Version', 'Id', 'Statement']);
  const version = readVersion(root);
  const id = root.has('Id') ? { id: readString(root.get('Id'), 'Id') } : {};
  const json = root.get('Statement');
  if (json === undefined) throw policyError('Statement', 'is missing');
  const list = isArray(json) ? json : [json];
  if (list.length === 0) throw policyError('Statement', 'must not be empty');
  const statements = list.map((entry, index) => {
    const at = isArray(json) ? `Statement[${index}]` : 'Statement';
    const statement = readStatement(readObject(entry, at, statementMembers), at, kind, version);
    if (kind === 'bucket' && options.bucket !== undefined) assertBucketStatement(statement, at, options.bucket);
    return statement;
  });
  assertUniqueSids(statements);
  return { version, ...id, statements };
}

const statementMembers = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];

function readVersion(root: JsonObject): PolicyVersion {
  if (!root.has('Version')) return '2008-10-17';
  const version = root.get('Version');
  if (version !== '2012-10-17' && version !== '2008-10-17')
    throw policyError('Version', 'must be "2012-10-17" or "2008-10-17"');
  return version;
}

function readStatement(object: JsonObject, at: string, kind: PolicyKind, version: PolicyVersion): PolicyStatement {
  const { hasPrincipal, hasResource } = policyKinds[kind];
  const effect = object.get('Effect');
  if (effect !== 'Allow' && effect !== 'Deny') throw policyError(join(at, 'Effect'), 'must be "Allow" or "Deny"');
  if (!hasPrincipal) assertAbsent(object, at, ['Principal', 'NotPrincipal']);
  if (!hasResource) assertAbsent(object, at, ['Resource', 'NotResource']);
  const actions = readPatterns(object, at, 'Action', 'NotAction', assertActionPattern);
  const allowsVariables = version === '2012-10-17';
  return {
    ...(object.has('Sid') ? { sid: readSid(object, at, kind) } : {}),
    effect,
    ...(hasPrincipal ? { principals: readPrincipals(object, at, effect, kind) } : {}),
    actions,
    ...(hasResource
      ? {
          resources: readPatterns(object, at, 'Resource', 'NotResource', (pattern, place) =>
            assertResourcePattern(pattern, place, allowsVariables),
          ),
        }
      : {}),
    conditions: object.has('Condition') ? readConditions(object.get('Condition'), join(at, 'Condition'), version) : [],
  };
}

function assertAbsent(object: JsonObject, at: string, names: readonly string[]): void {
  for (const name of names)
    if (object.has(name)) throw policyError(join(at, name), 'is not allowed in a policy of this kind');
}

function readPatterns(
  object: JsonObject,
  at: string,
  name: string,
  negatedName: string,
  check: (pattern: string, at: string) => void,
): PatternElement {
  const member = chooseMember(object, at, name, negatedName);
  const patterns = readStrings(object.get(member), join(at, member));
  for (const pattern of patterns) check(pattern, join(at, member));
  return { isNegated: member === negatedName, patterns };
}

/** Identity policies take letters and digits; bucket policies of Amazon's own guide hold other characters, too. */
function readSid(object: JsonObject, at: string, kind: PolicyKind): string {
  const sid = readString(object.get('Sid'), join(at, 'Sid'));
  if (kind !== 'bucket' && !/^[A-Za-z0-9]*$/.test(sid))
    throw policyError(join(at, 'Sid'), 'may hold only letters and digits');
  return sid;
}

function assertUniqueSids(statements: readonly PolicyStatement[]): void {
  const seen = new Set<string>();
  for (const [index, { sid }] of statements.entries()) {
    if (sid === undefined || sid === '') continue;
    if (seen.has(sid)) throw policyError(`Statement[${index}].Sid`, `repeats "${sid}"; a Sid must be unique`);
    seen.add(sid);
  }
}
