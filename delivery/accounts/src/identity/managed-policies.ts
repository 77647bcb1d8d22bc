// Managed policies: those of an account, and those that every account has from the start.
import { builtInRoles } from '@cess/access';
import type { Portions, ReadView } from '@cess/object-index';
import { entityArn, parseEntityArn } from '../arns.js';
import type { ManagedPolicyRecord } from '../store/records.js';
import { managedPolicies } from '../store/tables.js';

/** The account id in ARNs of policies that come with the gateway, as those of Amazon have it. */
const ownerOfBuiltIns = 'aws';
const builtInPath = '/cess/';
/** When these policies got their content. */
const builtInSinceMs = Date.UTC(2026, 10, 28);

/** The built-in policies by their ARNs, `arn:aws:iam::aws:policy/cess/reader`. */
export const builtInPolicies: ReadonlyMap<string, ManagedPolicyRecord> = new Map(
  Object.entries(builtInRoles).map(([name, { description, text }], index) => {
    const record = {
      name,
      path: builtInPath,
      id: `ANPACESS${String(index).padStart(13, '0')}`,
      description,
      createdAtMs: builtInSinceMs,
      updatedAtMs: builtInSinceMs,
      defaultVersion: 1,
      nextVersion: 2,
      versions: [{ number: 1, document: text, createdAtMs: builtInSinceMs }],
    };
    return [entityArn(ownerOfBuiltIns, 'policy', record), record];
  }),
);

export function isBuiltIn(arn: string): boolean {
  return builtInPolicies.has(arn);
}

/** The policy of an ARN that identities of `account` can use. */
export function* findPolicy(view: ReadView, account: string, arn: string): Portions<ManagedPolicyRecord | undefined> {
  const builtIn = builtInPolicies.get(arn);
  if (builtIn !== undefined) return builtIn;
  const parsed = parseEntityArn(arn);
  if (parsed?.kind !== 'policy' || parsed.account !== account) return undefined;
  const policy = yield* managedPolicies.get(view, account, parsed.name);
  return policy !== undefined && entityArn(account, 'policy', policy) === arn ? policy : undefined;
}

/** The document that is in force. */
export function defaultDocument({ defaultVersion, versions }: ManagedPolicyRecord): string {
  return versions.find(({ number }) => number === defaultVersion)?.document ?? '';
}
