// Entities as answers show them.
import { entityArn } from '../arns.js';
import type { DeviceRecord, GroupRecord, ManagedPolicyRecord, RoleRecord, UserRecord } from '../store/records.js';
import { encodeDocument } from './documents.js';
import type { Answer } from './operation.js';

export function userShape(account: string, user: UserRecord): Answer {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: entityArn(account, 'user', user),
    CreateDate: new Date(user.createdAtMs),
    PermissionsBoundary: boundaryShape(user.boundary),
  };
}

export function groupShape(account: string, group: GroupRecord): Answer {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: entityArn(account, 'group', group),
    CreateDate: new Date(group.createdAtMs),
  };
}

export function roleShape(account: string, role: RoleRecord): Answer {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: entityArn(account, 'role', role),
    CreateDate: new Date(role.createdAtMs),
    AssumeRolePolicyDocument: encodeDocument(role.trust),
    Description: role.description === '' ? undefined : role.description,
    MaxSessionDuration: role.maxSessionSeconds,
    PermissionsBoundary: boundaryShape(role.boundary),
  };
}

export function policyShape(arn: string, policy: ManagedPolicyRecord, attachmentCount: number): Answer {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: arn,
    Path: policy.path,
    DefaultVersionId: `v${policy.defaultVersion}`,
    AttachmentCount: attachmentCount,
    IsAttachable: true,
    Description: policy.description === '' ? undefined : policy.description,
    CreateDate: new Date(policy.createdAtMs),
    UpdateDate: new Date(policy.updatedAtMs),
  };
}

export function serialOf(account: string, device: Pick<DeviceRecord, 'name' | 'path'>): string {
  return entityArn(account, 'mfa', device);
}

function boundaryShape(arn: string | undefined): Answer | undefined {
  return arn === undefined ? undefined : { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: arn };
}
