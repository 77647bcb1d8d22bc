// Operations on the account as a whole.
import { answered } from '@cess/object-index';
import { quotas } from '../quotas.js';
import { accountOf, anySubject, readAccount } from './entities.js';
import type { Answer, Operations } from './operation.js';

export const accountOperations: Operations = {
  GetAccountSummary: {
    subject: anySubject,
    *read(call, view) {
      const { counts, accessKeys, devices } = yield* readAccount(view, accountOf(call));
      const rootKeys = accessKeys.length + call.services.roots.accessKeysOf(accountOf(call)).length;
      const figures = {
        Users: counts.users,
        UsersQuota: quotas.users,
        Groups: counts.groups,
        GroupsQuota: quotas.groups,
        Roles: counts.roles,
        RolesQuota: quotas.roles,
        Policies: counts.policies,
        PoliciesQuota: quotas.policies,
        MFADevices: counts.devices,
        AccountMFAEnabled: devices.length > 0 ? 1 : 0,
        AccountAccessKeysPresent: rootKeys > 0 ? 1 : 0,
        AccessKeysPerUserQuota: quotas.accessKeysOfUser,
        GroupsPerUserQuota: quotas.groupsOfUser,
        AttachedPoliciesPerUserQuota: quotas.attachedPolicies,
        AttachedPoliciesPerGroupQuota: quotas.attachedPolicies,
        AttachedPoliciesPerRoleQuota: quotas.attachedPolicies,
        UserPolicySizeQuota: quotas.inlineOfUser,
        GroupPolicySizeQuota: quotas.inlineOfGroup,
        RolePolicySizeQuota: quotas.inlineOfRole,
        AssumeRolePolicySizeQuota: quotas.trustPolicy,
        PolicySizeQuota: 6_144,
        VersionsPerPolicyQuota: quotas.versionsOfPolicy,
      };
      return { SummaryMap: mapOf(figures) };
    },
  },
  ListAccountAliases: {
    subject: anySubject,
    read: () => answered({ AccountAliases: [], IsTruncated: false }),
  },
};

/** A map in the query protocol: entries with key and value. */
function mapOf(figures: Readonly<Record<string, number>>): Answer {
  return { entry: Object.entries(figures).map(([key, value]) => ({ key, value })) };
}
