// cess account summary: the account of the credentials at the gateway, and what it holds.
import { z } from 'zod';
import { fields, print } from '../output.js';
import type { IamContext } from './iam-context.js';

const identitySchema = z.object({ Arn: z.string(), UserId: z.string(), Account: z.string() });
const summarySchema = z.object({
  SummaryMap: z.object({ entry: z.array(z.object({ key: z.string(), value: z.number() })) }),
});

export async function showGatewayAccount({ iam, json }: IamContext): Promise<void> {
  const identity = await iam.call('sts:GetCallerIdentity', {}, identitySchema);
  const { SummaryMap } = await iam.call('GetAccountSummary', {}, summarySchema);
  const figures = Object.fromEntries(SummaryMap.entry.map(({ key, value }) => [key, value]));
  if (json) return print(JSON.stringify({ ...identity, ...figures }, null, 2));
  print(
    fields({
      account: identity.Account,
      'signed in as': identity.Arn,
      users: figures['Users'] ?? 0,
      groups: figures['Groups'] ?? 0,
      roles: figures['Roles'] ?? 0,
      'managed policies': figures['Policies'] ?? 0,
      'MFA devices': figures['MFADevices'] ?? 0,
      'MFA of the root': figures['AccountMFAEnabled'] === 1,
    }),
  );
}
