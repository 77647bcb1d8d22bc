// Readers of the entities that operations name. Each throws NoSuchEntity with the message of Amazon.
import { answered, type Portions, type Read, type ReadView } from '@cess/object-index';
import { entityArn, parseEntityArn, rootArn } from '../arns.js';
import { IamError } from '../iam-error.js';
import { findPolicy } from '../identity/managed-policies.js';
import type {
  AccountRecord,
  Counts,
  GroupRecord,
  ManagedPolicyRecord,
  RoleRecord,
  UserRecord,
} from '../store/records.js';
import { accounts, groups, roles, users } from '../store/tables.js';
import type { Call, Subject } from './operation.js';
import { rules } from './params.js';

export const accountOf = ({ caller }: Call): string => caller.account.id;

export function* requireUser(view: ReadView, account: string, name: string): Portions<UserRecord> {
  return (yield* users.get(view, account, name)) ?? missing(`The user with name ${name} cannot be found.`);
}

export function* requireGroup(view: ReadView, account: string, name: string): Portions<GroupRecord> {
  return (yield* groups.get(view, account, name)) ?? missing(`The group with name ${name} cannot be found.`);
}

export function* requireRole(view: ReadView, account: string, name: string): Portions<RoleRecord> {
  return (yield* roles.get(view, account, name)) ?? missing(`The role with name ${name} cannot be found.`);
}

export function* requirePolicy(view: ReadView, account: string, arn: string): Portions<ManagedPolicyRecord> {
  return (yield* findPolicy(view, account, arn)) ?? missing(`Policy ${arn} was not found.`);
}

const noCounts: Counts = { users: 0, groups: 0, roles: 0, policies: 0, devices: 0 };

/** The record of the account: an account without any entity has none. */
export function* readAccount(view: ReadView, account: string): Portions<AccountRecord> {
  return (yield* accounts.get(view, account)) ?? { accessKeys: [], devices: [], counts: noCounts };
}

export function missing(message: string): never {
  throw new IamError('NoSuchEntity', message);
}

// ---- what operations act on

/** The ARN of the user, group or role that a parameter names; of one that does not exist, as if its path were `/`. */
export function namedSubject(kind: 'User' | 'Group' | 'Role') {
  const table = { User: users, Group: groups, Role: roles }[kind];
  const noun = { User: 'user', Group: 'group', Role: 'role' } as const;
  const rule = { User: rules.userName, Group: rules.groupName, Role: rules.roleName }[kind];
  return function* (call: Call, view: ReadView): Portions<Subject> {
    const name = call.params.required(`${kind}Name`, rule);
    const found = yield* table.get(view, accountOf(call), name);
    return { arn: entityArn(accountOf(call), noun[kind], found ?? { name, path: '/' }) };
  };
}

/** The user that `UserName` names; without it the caller. The root has no name. */
export function userNameOf({ params, caller }: Call): string | undefined {
  return params.optional('UserName', rules.userName) ?? caller.userName;
}

/** The same for operations on users that may leave out the name. */
export function* userOrCaller(call: Call, view: ReadView): Portions<Subject> {
  const name = userNameOf(call);
  const found = name === undefined ? undefined : yield* users.get(view, accountOf(call), name);
  if (name === undefined) return { arn: rootArn(accountOf(call)) };
  return { arn: entityArn(accountOf(call), 'user', found ?? { name, path: '/' }) };
}

/** A new entity with the path and name of the request. */
export function newSubject(kind: 'user' | 'group' | 'role' | 'policy', nameParameter: string) {
  const ruleOf = { user: rules.userName, group: rules.groupName, role: rules.roleName, policy: rules.policyName };
  return (call: Call): Read<Subject> => {
    const name = call.params.required(nameParameter, ruleOf[kind]);
    return answered({ arn: entityArn(accountOf(call), kind, { name, path: pathOf(call) }) });
  };
}

/** All entities of a kind, as lists are authorized. */
export function listSubject(kind: 'user' | 'group' | 'role' | 'policy' | 'mfa') {
  return (call: Call): Read<Subject> => {
    const prefix = call.params.optional('PathPrefix', rules.pathPrefix) ?? '/';
    return answered({ arn: `arn:aws:iam::${accountOf(call)}:${kind}${prefix}` });
  };
}

export function policySubject(call: Call): Read<Subject> {
  return answered({ arn: call.params.required('PolicyArn', rules.arn) });
}

/** Operations that concern the account as a whole. */
export function anySubject(): Read<Subject> {
  return answered({ arn: '*' });
}

export function pathOf({ params }: Call): string {
  return params.optional('Path', rules.path) ?? '/';
}

/** A role of an ARN; undefined for a text that names none. */
export function roleOfArn(arn: string): { readonly account: string; readonly name: string } | undefined {
  const parsed = parseEntityArn(arn);
  return parsed?.kind === 'role' ? parsed : undefined;
}
