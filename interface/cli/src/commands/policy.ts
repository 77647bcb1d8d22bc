// cess policy: managed policies of the account at the gateway, and to whom they are attached.
import { readFileSync } from 'node:fs';
import { CessError, messageOf } from '@cess/primitives';
import { z } from 'zod';
import { print, table } from '../output.js';
import { type IamContext, policyArn } from './iam-context.js';

const policySchema = z.object({
  PolicyName: z.string(),
  Arn: z.string(),
  DefaultVersionId: z.string(),
  AttachmentCount: z.number(),
  Description: z.string().optional(),
});

export async function listPolicies({ iam, json }: IamContext): Promise<void> {
  const policies = await iam.list('ListPolicies', {}, 'Policies', policySchema);
  if (json) return print(JSON.stringify(policies, null, 2));
  print(
    table(
      policies.map(({ PolicyName, Arn, AttachmentCount, Description }) => ({
        name: PolicyName,
        arn: Arn,
        attached: AttachmentCount,
        description: Description ?? '',
      })),
    ),
  );
}

/** Prints the document that is in force. */
export async function showPolicy(context: IamContext, policy: string): Promise<void> {
  const PolicyArn = await policyArn(context, policy);
  const { Policy } = await context.iam.call('GetPolicy', { PolicyArn }, z.object({ Policy: policySchema }));
  const request = { PolicyArn, VersionId: Policy.DefaultVersionId };
  const schema = z.object({ PolicyVersion: z.object({ Document: z.string() }) });
  const { PolicyVersion } = await context.iam.call('GetPolicyVersion', request, schema);
  const document: unknown = JSON.parse(decodeURIComponent(PolicyVersion.Document));
  print(JSON.stringify(context.json ? { ...Policy, document } : document, null, 2));
}

export async function createPolicy({ iam, json }: IamContext, name: string, file: string): Promise<void> {
  const request = { PolicyName: name, PolicyDocument: readDocument(file) };
  const { Policy } = await iam.call('CreatePolicy', request, z.object({ Policy: policySchema }));
  print(json ? JSON.stringify(Policy, null, 2) : `Policy ${Policy.Arn} is created.`);
}

/** Puts a new version in force. A policy has at most five versions: the oldest one makes room. */
export async function updatePolicy(context: IamContext, policy: string, file: string): Promise<void> {
  const PolicyArn = await policyArn(context, policy);
  const others = await otherVersions(context, PolicyArn);
  const [oldest] = others;
  if (oldest !== undefined && others.length >= maxVersions - 1)
    await context.iam.perform('DeletePolicyVersion', { PolicyArn, VersionId: oldest });
  const request = { PolicyArn, PolicyDocument: readDocument(file), SetAsDefault: 'true' };
  const schema = z.object({ PolicyVersion: z.object({ VersionId: z.string() }) });
  const { PolicyVersion } = await context.iam.call('CreatePolicyVersion', request, schema);
  const { VersionId } = PolicyVersion;
  print(context.json ? JSON.stringify({ PolicyArn, VersionId }) : `${VersionId} of ${PolicyArn} is in force.`);
}

export async function deletePolicy(context: IamContext, policy: string): Promise<void> {
  const PolicyArn = await policyArn(context, policy);
  for (const VersionId of await otherVersions(context, PolicyArn))
    await context.iam.perform('DeletePolicyVersion', { PolicyArn, VersionId });
  await context.iam.perform('DeletePolicy', { PolicyArn });
  print(context.json ? JSON.stringify({ deleted: PolicyArn }) : `Policy ${PolicyArn} is deleted.`);
}

const maxVersions = 5;
const versionSchema = z.object({ VersionId: z.string(), IsDefaultVersion: z.boolean() });

/** The versions that are not in force, from the oldest. */
async function otherVersions({ iam }: IamContext, PolicyArn: string): Promise<readonly string[]> {
  const versions = await iam.list('ListPolicyVersions', { PolicyArn }, 'Versions', versionSchema);
  return versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion).map(({ VersionId }) => VersionId);
}

export interface AttachOptions {
  readonly user?: string;
  readonly group?: string;
  readonly role?: string;
}

/** Attaches a policy to one user, group or role, or detaches it. Throws `IDENTITY_UNCLEAR`. */
export async function changeAttachment(
  context: IamContext,
  policy: string,
  options: AttachOptions,
  action: 'Attach' | 'Detach',
): Promise<void> {
  const named = [
    ['User', options.user],
    ['Group', options.group],
    ['Role', options.role],
  ].filter(([, name]) => name !== undefined);
  const [first] = named;
  if (first === undefined || named.length > 1)
    throw new CessError('IDENTITY_UNCLEAR', 'Name one of --user, --group and --role.');
  const [kind, name] = first;
  const PolicyArn = await policyArn(context, policy);
  await context.iam.perform(`${action}${kind}Policy`, { [`${kind}Name`]: name, PolicyArn });
  const text = action === 'Attach' ? 'is attached to' : 'is detached from';
  print(context.json ? JSON.stringify({ PolicyArn, [`${kind}Name`]: name }) : `${PolicyArn} ${text} ${name}.`);
}

function readDocument(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CessError('POLICY_FILE_UNREADABLE', `${file} cannot be read: ${messageOf(cause)}`, {}, { cause });
  }
}
