// What operations that exist alike for users, groups and roles need of each.
import type { IndexView, Portions, ReadView } from '@cess/object-index';
import { quotas } from '../quotas.js';
import type { InlinePolicy } from '../store/records.js';
import { groups, roles, users } from '../store/tables.js';
import { requireGroup, requireRole, requireUser } from './entities.js';
import { rules, type TextRule } from './params.js';

/** The part of users, groups and roles that holds policies. */
interface PolicyHolder {
  readonly name: string;
  readonly inline: readonly InlinePolicy[];
  readonly attached: readonly string[];
  readonly boundary?: string | undefined;
}

export interface IdentityKind {
  readonly kind: 'User' | 'Group' | 'Role';
  readonly noun: 'user' | 'group' | 'role';
  readonly nameRule: TextRule;
  readonly inlineKind: 'inline-user' | 'inline-group' | 'inline-role';
  readonly inlineLimit: number;
  /** Throws NoSuchEntity. */
  find(view: ReadView, account: string, name: string): Portions<PolicyHolder>;
  /** Replaces the policies of an identity, which must exist. */
  replace(view: IndexView, account: string, name: string, policies: Partial<PolicyHolder>): Portions;
}

export const userKind: IdentityKind = {
  kind: 'User',
  noun: 'user',
  nameRule: rules.userName,
  inlineKind: 'inline-user',
  inlineLimit: quotas.inlineOfUser,
  find: requireUser,
  *replace(view, account, name, policies) {
    users.put(view, { ...(yield* requireUser(view, account, name)), ...policies }, account, name);
  },
};

export const groupKind: IdentityKind = {
  kind: 'Group',
  noun: 'group',
  nameRule: rules.groupName,
  inlineKind: 'inline-group',
  inlineLimit: quotas.inlineOfGroup,
  find: requireGroup,
  *replace(view, account, name, policies) {
    groups.put(view, { ...(yield* requireGroup(view, account, name)), ...policies }, account, name);
  },
};

export const roleKind: IdentityKind = {
  kind: 'Role',
  noun: 'role',
  nameRule: rules.roleName,
  inlineKind: 'inline-role',
  inlineLimit: quotas.inlineOfRole,
  find: requireRole,
  *replace(view, account, name, policies) {
    roles.put(view, { ...(yield* requireRole(view, account, name)), ...policies }, account, name);
  },
};
