// The roles that every account has from the start, as identity policies. They are documents like all others and pass the
// same parser.
import { type CompiledPolicy, compilePolicy } from './evaluation/compile.js';
import type { PolicyDocument } from './policy/document.js';
import { parsePolicy } from './policy/parse.js';

export type BuiltInRole = 'owner' | 'admin' | 'writer' | 'reader' | 'auditor';

export interface BuiltInPolicy {
  readonly description: string;
  readonly document: PolicyDocument;
  /** The document as GetPolicyVersion shows it. */
  readonly text: string;
  readonly compiled: CompiledPolicy;
}

const allow = (...actions: readonly string[]) => ({ Effect: 'Allow', Action: actions, Resource: '*' });
const deny = (...actions: readonly string[]) => ({ Effect: 'Deny', Action: actions, Resource: '*' });

/**
 * Listings, contents, and what clients ask for beside them. `kms:Decrypt` opens only objects that the caller may read: the gateway does not
 * offer it as an operation.
 */
const reading = [
  'kms:Decrypt',
  's3:GetBucketLocation',
  's3:GetBucketVersioning',
  's3:GetObject',
  's3:GetObjectAttributes',
  's3:GetObjectTagging',
  's3:GetObjectVersion',
  's3:GetObjectVersionAttributes',
  's3:GetObjectVersionTagging',
  's3:ListAllMyBuckets',
  's3:ListBucket',
  's3:ListBucketVersions',
];

/** What Amazon asks of whoever writes under a named key is `kms:GenerateDataKey`, and `kms:Decrypt` for uploads in parts. */
const writing = [
  'kms:GenerateDataKey',
  's3:AbortMultipartUpload',
  's3:DeleteObject',
  's3:DeleteObjectTagging',
  's3:ListBucketMultipartUploads',
  's3:ListMultipartUploadParts',
  's3:PutObject',
  's3:PutObjectTagging',
];

/** `owner`: everything. */
const owner = [allow('*')];
/** `admin`: everything but to end a retention early, and to change the owner of the account. */
const admin = [allow('*'), deny('s3:BypassGovernanceRetention')];
/** `writer`: data of objects; no versions of them are deleted for good, no settings changed. */
const writer = [allow(...reading, ...writing)];
const reader = [allow(...reading)];
/** `auditor`: every setting and every listing, and no contents. */
const auditor = [
  allow('s3:Get*', 's3:List*', 'iam:Get*', 'iam:List*', 'iam:GenerateCredentialReport', 'sts:GetCallerIdentity'),
  allow('cess:Get*', 'cess:List*', 'cess:ReadAuditLog', 'kms:Describe*', 'kms:Get*', 'kms:List*'),
  deny('s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectTorrent', 's3:GetObjectVersionTorrent'),
];

export const builtInRoles: Readonly<Record<BuiltInRole, BuiltInPolicy>> = {
  owner: builtIn('owner', 'Everything in the account.', owner),
  admin: builtIn('admin', 'Everything in the account, except ending governance retention early.', admin),
  writer: builtIn('writer', 'Reads, writes and deletes objects, also under named keys; changes no settings.', writer),
  reader: builtIn('reader', 'Reads and lists objects, also those under named keys.', reader),
  auditor: builtIn('auditor', 'Reads all settings and listings, but no contents of objects.', auditor),
};

function builtIn(name: BuiltInRole, description: string, statements: readonly object[]): BuiltInPolicy {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const document = parsePolicy(text, 'managed');
  return { description, document, text, compiled: compilePolicy(document, name) };
}
