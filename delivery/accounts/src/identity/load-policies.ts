// The policies of users and roles, as far as the account store has them.
import type { CompiledPolicy } from '@cess/access';
import type { Portions, ReadView } from '@cess/object-index';
import type { GroupRecord, InlinePolicy, RoleRecord, UserRecord } from '../store/records.js';
import { groups } from '../store/tables.js';
import type { CallerPolicies } from './caller.js';
import { defaultDocument, findPolicy } from './managed-policies.js';
import type { PolicyCompiler } from './policy-compiler.js';

export interface PolicyLoader {
  readonly view: ReadView;
  readonly account: string;
  readonly compiler: PolicyCompiler;
}

interface Owner {
  readonly inline: readonly InlinePolicy[];
  readonly attached: readonly string[];
}

/** The user's own policies and those of their groups. */
export function* userPolicies(loader: PolicyLoader, user: UserRecord): Portions<CallerPolicies> {
  const identity = [...(yield* policiesOf(loader, user, 'inline-user'))];
  for (const name of user.groups) {
    const group = yield* groups.get(loader.view, loader.account, name);
    if (group !== undefined) identity.push(...(yield* policiesOf(loader, group, 'inline-group')));
  }
  return yield* withBoundary(loader, identity, user.boundary);
}

export function* rolePolicies(loader: PolicyLoader, role: RoleRecord): Portions<CallerPolicies> {
  return yield* withBoundary(loader, yield* policiesOf(loader, role, 'inline-role'), role.boundary);
}

/** Groups have no boundary. */
export function* groupPolicies(loader: PolicyLoader, group: GroupRecord): Portions<CallerPolicies> {
  return { identity: yield* policiesOf(loader, group, 'inline-group') };
}

/** Managed policies by their ARNs. One that is gone grants nothing. */
export function* managed(
  { view, account, compiler }: PolicyLoader,
  arns: readonly string[],
): Portions<readonly CompiledPolicy[]> {
  const found: CompiledPolicy[] = [];
  for (const arn of arns) {
    const policy = yield* findPolicy(view, account, arn);
    if (policy !== undefined) found.push(compiler.compile(arn, defaultDocument(policy), 'managed'));
  }
  return found;
}

function* policiesOf(
  loader: PolicyLoader,
  { inline, attached }: Owner,
  kind: 'inline-user' | 'inline-group' | 'inline-role',
): Portions<readonly CompiledPolicy[]> {
  const own = inline.map(({ name, document }) => loader.compiler.compile(name, document, kind));
  return [...own, ...(yield* managed(loader, attached))];
}

function* withBoundary(
  loader: PolicyLoader,
  identity: readonly CompiledPolicy[],
  arn: string | undefined,
): Portions<CallerPolicies> {
  if (arn === undefined) return { identity };
  const [boundary] = yield* managed(loader, [arn]);
  // A boundary that cannot be found allows nothing.
  return { identity, boundary: boundary ?? nothing };
}

const nothing: CompiledPolicy = { name: 'missing boundary', isPublic: false, allows: [], denies: [] };
