// cess key create, list, enable, disable, delete: access keys of users at the gateway.
import { z } from 'zod';
import { fields, note, print, table } from '../output.js';
import type { IamContext } from './iam-context.js';

const keySchema = z.object({
  UserName: z.string(),
  AccessKeyId: z.string(),
  Status: z.string(),
  CreateDate: z.string(),
});
const lastUsedSchema = z.object({
  AccessKeyLastUsed: z.object({ LastUsedDate: z.string().optional(), ServiceName: z.string() }),
});

/** `user` none: the caller. */
export async function createAccessKey({ iam, json }: IamContext, user: string | undefined): Promise<void> {
  const schema = z.object({ AccessKey: keySchema.extend({ SecretAccessKey: z.string() }) });
  const { AccessKey } = await iam.call('CreateAccessKey', { UserName: user }, schema);
  if (json) return print(JSON.stringify(AccessKey, null, 2));
  print(
    fields({
      user: AccessKey.UserName,
      'access key id': AccessKey.AccessKeyId,
      'secret access key': AccessKey.SecretAccessKey,
    }),
  );
  note('The gateway shows the secret this one time.');
}

export async function listAccessKeys({ iam, json }: IamContext, user: string | undefined): Promise<void> {
  const keys = await iam.list('ListAccessKeys', { UserName: user }, 'AccessKeyMetadata', keySchema);
  const rows = [];
  for (const key of keys) {
    const { AccessKeyLastUsed: use } = await iam.call(
      'GetAccessKeyLastUsed',
      { AccessKeyId: key.AccessKeyId },
      lastUsedSchema,
    );
    rows.push({ ...key, LastUsedDate: use.LastUsedDate ?? null });
  }
  if (json) return print(JSON.stringify(rows, null, 2));
  print(
    table(
      rows.map(({ UserName, AccessKeyId, Status, CreateDate, LastUsedDate }) => ({
        user: UserName,
        'access key id': AccessKeyId,
        status: Status,
        created: CreateDate,
        'last used': LastUsedDate,
      })),
    ),
  );
}

export async function setAccessKeyStatus(
  { iam, json }: IamContext,
  id: string,
  user: string | undefined,
  status: 'Active' | 'Inactive',
): Promise<void> {
  await iam.perform('UpdateAccessKey', { UserName: user, AccessKeyId: id, Status: status });
  const text = status === 'Active' ? 'is enabled' : 'is disabled: requests with it are refused from now on';
  print(json ? JSON.stringify({ AccessKeyId: id, Status: status }) : `Access key ${id} ${text}.`);
}

export async function deleteAccessKey({ iam, json }: IamContext, id: string, user: string | undefined): Promise<void> {
  await iam.perform('DeleteAccessKey', { UserName: user, AccessKeyId: id });
  print(
    json ? JSON.stringify({ deleted: id }) : `Access key ${id} is deleted: requests with it are refused from now on.`,
  );
}
