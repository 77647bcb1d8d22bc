// Groups, roles, policy documents and the simulation of policies, over `iam` of the admin API.
import { iam } from './admin.js';

export interface Group {
  readonly GroupName: string;
  readonly Arn: string;
  readonly CreateDate: string;
}

export interface Role {
  readonly RoleName: string;
  readonly Arn: string;
  readonly CreateDate: string;
  /** Encoded as for a URL. */
  readonly AssumeRolePolicyDocument: string;
  readonly Description?: string;
  /** Seconds. */
  readonly MaxSessionDuration: number;
}

/** Whose policies they are: parameters and operations have this in their names. */
export type IdentityKind = 'User' | 'Group' | 'Role';

export interface Identity {
  readonly kind: IdentityKind;
  readonly name: string;
}

interface MatchedStatement {
  /** ARN of a managed policy, or the name of an inline one. */
  readonly SourcePolicyId: string;
  /** `Resource Policy`: that of the request. */
  readonly SourcePolicyType: string;
  /** From 0. */
  readonly StatementIndex: number;
  readonly Sid?: string;
}

export interface SimulatedDecision {
  readonly EvalActionName: string;
  readonly EvalResourceName: string;
  readonly EvalDecision: 'allowed' | 'explicitDeny' | 'implicitDeny';
  readonly MatchedStatements: readonly MatchedStatement[];
  readonly PermissionsBoundaryDecisionDetail?: { readonly AllowedByPermissionsBoundary: boolean };
}

export interface SimulatedRequest {
  readonly actions: readonly string[];
  /** ARNs; none: every resource. */
  readonly resources: readonly string[];
  /** Condition keys of the request with their values. */
  readonly conditions: readonly (readonly [name: string, value: string])[];
  /** Policy of a bucket that counts beside those of a user or role. */
  readonly resourcePolicy?: string | undefined;
}

/** Whose policies decide: those of an identity, or a document that need not be stored. */
export type SimulatedPolicies = { readonly arn: string } | { readonly document: string };

export async function simulate(
  policies: SimulatedPolicies,
  { actions, resources, conditions, resourcePolicy }: SimulatedRequest,
): Promise<readonly SimulatedDecision[]> {
  const [operation, source] =
    'arn' in policies
      ? ['SimulatePrincipalPolicy', { PolicySourceArn: policies.arn }]
      : ['SimulateCustomPolicy', { 'PolicyInputList.member.1': policies.document }];
  const entries = conditions.flatMap(([name, value], at) => [
    [`ContextEntries.member.${at + 1}.ContextKeyName`, name] as const,
    [`ContextEntries.member.${at + 1}.ContextKeyValues.member.1`, value] as const,
  ]);
  const { EvaluationResults } = await iam<{ readonly EvaluationResults: readonly SimulatedDecision[] }>(operation, {
    ...source,
    ...listOf('ActionNames', actions),
    ...listOf('ResourceArns', resources),
    ...Object.fromEntries(entries),
    ...(resourcePolicy === undefined ? {} : { ResourcePolicy: resourcePolicy }),
  });
  return EvaluationResults;
}

function listOf(name: string, values: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(values.map((value, at) => [`${name}.member.${at + 1}`, value]));
}

/** Throws what the gateway says against a document as a policy of users, groups and roles. */
export async function checkPolicy(document: string): Promise<void> {
  await simulate({ document }, { actions: ['s3:GetObject'], resources: [], conditions: [] });
}

/** The default version of a managed policy. */
export async function readManagedPolicy(PolicyArn: string, VersionId: string): Promise<string> {
  const { PolicyVersion } = await iam<{ readonly PolicyVersion: { readonly Document: string } }>('GetPolicyVersion', {
    PolicyArn,
    VersionId,
  });
  return shownDocument(PolicyVersion.Document);
}

export async function readInlinePolicy({ kind, name }: Identity, PolicyName: string): Promise<string> {
  const { PolicyDocument } = await iam<{ readonly PolicyDocument: string }>(`Get${kind}Policy`, {
    [`${kind}Name`]: name,
    PolicyName,
  });
  return shownDocument(PolicyDocument);
}

/** A document as answers carry it, with line breaks where it has none. */
export function shownDocument(encoded: string): string {
  const text = decodeURIComponent(encoded);
  return text.includes('\n') ? text : JSON.stringify(JSON.parse(text), undefined, 2);
}

interface PolicyVersion {
  readonly VersionId: string;
  readonly IsDefaultVersion: boolean;
}

const otherVersions = async (PolicyArn: string): Promise<readonly PolicyVersion[]> => {
  const { Versions } = await iam<{ readonly Versions: readonly PolicyVersion[] }>('ListPolicyVersions', { PolicyArn });
  return Versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion);
};

/** A policy can be deleted when it has one version. */
export async function deleteManagedPolicy(PolicyArn: string): Promise<void> {
  for (const { VersionId } of await otherVersions(PolicyArn))
    await iam('DeletePolicyVersion', { PolicyArn, VersionId });
  await iam('DeletePolicy', { PolicyArn });
}

/** Replaces the document of a managed policy. Of its five versions the oldest that is not the default one makes room. */
export async function replaceManagedPolicy(PolicyArn: string, PolicyDocument: string): Promise<void> {
  const others = await otherVersions(PolicyArn);
  const [oldest] = others;
  if (oldest !== undefined && others.length + 1 >= maxVersions) {
    // A document that the gateway refuses must not cost a version.
    await checkPolicy(PolicyDocument);
    await iam('DeletePolicyVersion', { PolicyArn, VersionId: oldest.VersionId });
  }
  await iam('CreatePolicyVersion', { PolicyArn, PolicyDocument, SetAsDefault: 'true' });
}

const maxVersions = 5;

/** A group or role can be deleted when it has no policies. An interruption leaves it with fewer; it can be deleted again. */
export async function deletePolicies({ kind, name }: Identity): Promise<void> {
  const whose = { [`${kind}Name`]: name };
  const { AttachedPolicies } = await iam<{ readonly AttachedPolicies: readonly { readonly PolicyArn: string }[] }>(
    `ListAttached${kind}Policies`,
    whose,
  );
  for (const { PolicyArn } of AttachedPolicies) await iam(`Detach${kind}Policy`, { ...whose, PolicyArn });
  const { PolicyNames } = await iam<{ readonly PolicyNames: readonly string[] }>(`List${kind}Policies`, whose);
  for (const PolicyName of PolicyNames) await iam(`Delete${kind}Policy`, { ...whose, PolicyName });
}
