// cess user: the users of the account at the gateway.
import { z } from 'zod';
import { fields, note, print, table } from '../output.js';
import { type IamContext, policyArn } from './iam-context.js';

const userSchema = z.object({ UserName: z.string(), UserId: z.string(), Arn: z.string(), CreateDate: z.string() });
const keySchema = z.object({ AccessKeyId: z.string(), Status: z.string(), CreateDate: z.string() });
const attachedSchema = z.object({ PolicyName: z.string(), PolicyArn: z.string() });
const deviceSchema = z.object({ SerialNumber: z.string() });
const groupSchema = z.object({ GroupName: z.string() });

export async function listUsers({ iam, json }: IamContext): Promise<void> {
  const users = await iam.list('ListUsers', {}, 'Users', userSchema);
  if (json) return print(JSON.stringify(users, null, 2));
  print(table(users.map(({ UserName, Arn, CreateDate }) => ({ name: UserName, arn: Arn, created: CreateDate }))));
}

/** A user with everything that belongs to it. */
export async function showUser({ iam, json }: IamContext, name: string): Promise<void> {
  const of = { UserName: name };
  const { User } = await iam.call('GetUser', of, z.object({ User: userSchema }));
  const keys = await iam.list('ListAccessKeys', of, 'AccessKeyMetadata', keySchema);
  const attached = await iam.list('ListAttachedUserPolicies', of, 'AttachedPolicies', attachedSchema);
  const inline = await iam.list('ListUserPolicies', of, 'PolicyNames', z.string());
  const groups = await iam.list('ListGroupsForUser', of, 'Groups', groupSchema);
  const devices = await iam.list('ListMFADevices', of, 'MFADevices', deviceSchema);
  const names = {
    policies: attached.map(({ PolicyArn }) => PolicyArn),
    inlinePolicies: inline,
    groups: groups.map(({ GroupName }) => GroupName),
    mfaDevices: devices.map(({ SerialNumber }) => SerialNumber),
  };
  if (json) return print(JSON.stringify({ ...User, accessKeys: keys, ...names }, null, 2));
  const listed = (list: readonly string[]) => (list.length === 0 ? '(none)' : list.join(', '));
  print(
    fields({
      name: User.UserName,
      arn: User.Arn,
      id: User.UserId,
      created: User.CreateDate,
      'access keys': listed(keys.map(({ AccessKeyId, Status }) => `${AccessKeyId} (${Status})`)),
      policies: listed(names.policies),
      'inline policies': listed(inline),
      groups: listed(names.groups),
      'MFA devices': listed(names.mfaDevices),
    }),
  );
}

export interface CreateUserOptions {
  readonly path?: string;
  readonly policy?: string;
}

/** Creates a user without an access key. With a policy that cannot be attached, the user stays without it. */
export async function createUser(context: IamContext, name: string, options: CreateUserOptions): Promise<void> {
  const { iam, json } = context;
  const request = { UserName: name, Path: options.path };
  const { User } = await iam.call('CreateUser', request, z.object({ User: userSchema }));
  if (options.policy !== undefined) {
    const PolicyArn = await policyArn(context, options.policy);
    await iam.perform('AttachUserPolicy', { UserName: name, PolicyArn });
  }
  if (json) return print(JSON.stringify(User, null, 2));
  print(`User ${User.UserName} is created (${User.Arn}).`);
  note(`Make an access key with: cess key create --user ${User.UserName}`);
}

export interface DeleteUserOptions {
  /** Whatever belongs to the user, too. */
  readonly force?: boolean;
}

/** Deletes a user. Access keys go first, so that the user has no access even if a later step fails. */
export async function deleteUser({ iam, json }: IamContext, name: string, options: DeleteUserOptions): Promise<void> {
  const of = { UserName: name };
  if (options.force === true) {
    for (const { AccessKeyId } of await iam.list('ListAccessKeys', of, 'AccessKeyMetadata', keySchema))
      await iam.perform('DeleteAccessKey', { ...of, AccessKeyId });
    for (const { SerialNumber } of await iam.list('ListMFADevices', of, 'MFADevices', deviceSchema))
      await iam.perform('DeactivateMFADevice', { ...of, SerialNumber });
    for (const { GroupName } of await iam.list('ListGroupsForUser', of, 'Groups', groupSchema))
      await iam.perform('RemoveUserFromGroup', { ...of, GroupName });
    for (const { PolicyArn } of await iam.list('ListAttachedUserPolicies', of, 'AttachedPolicies', attachedSchema))
      await iam.perform('DetachUserPolicy', { ...of, PolicyArn });
    for (const PolicyName of await iam.list('ListUserPolicies', of, 'PolicyNames', z.string()))
      await iam.perform('DeleteUserPolicy', { ...of, PolicyName });
  }
  await iam.perform('DeleteUser', of);
  print(json ? JSON.stringify({ deleted: name }) : `User ${name} is deleted.`);
}
