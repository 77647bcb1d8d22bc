// What the commands on users, access keys and policies work with.
import { z } from 'zod';
import type { CliContext } from '../context.js';
import { IamClient } from '../iam-client.js';
import { readGatewayCredentials } from '../signed-request.js';

export interface IamContext {
  readonly iam: IamClient;
  readonly json: boolean;
}

/** `file` holds credentials as the home folder has them; default: those of the home. */
export function iamContext(context: CliContext, file: string | undefined): IamContext {
  return { iam: new IamClient(readGatewayCredentials(context.home, file)), json: context.json };
}

/** Policies that every account has. */
export const builtInPolicyNames = ['owner', 'admin', 'writer', 'reader', 'auditor'] as const;

/** The ARN of a policy that a command names: an ARN, a built-in policy, or a policy of the account. */
export async function policyArn({ iam }: IamContext, policy: string): Promise<string> {
  if (policy.startsWith('arn:')) return policy;
  if (builtInPolicyNames.some((name) => name === policy)) return `arn:aws:iam::aws:policy/cess/${policy}`;
  const schema = z.object({ PolicyName: z.string(), Arn: z.string() });
  const own = await iam.list('ListPolicies', { Scope: 'Local' }, 'Policies', schema);
  return own.find(({ PolicyName }) => PolicyName === policy)?.Arn ?? `arn:aws:iam::aws:policy/${policy}`;
}
