// Managed policies attached to users, groups and roles. The identity lists the ARNs; the table of attachments has the same in the
// other direction, and permissions boundaries with it.
import { conditionKeys } from '@cess/access';
import type { IndexView, Portions, ReadView } from '@cess/object-index';
import { quotas } from '../quotas.js';
import { attachments } from '../store/tables.js';
import { limitExceeded } from './counts.js';
import { accountOf, missing, namedSubject, requirePolicy } from './entities.js';
import { groupKind, type IdentityKind, roleKind, userKind } from './identity-kinds.js';
import type { Call, Operations } from './operation.js';
import { pageOfList } from './paging.js';
import { rules } from './params.js';

interface Attachment {
  readonly arn: string;
  /** `user/ana`, or `boundary/user/ana`. */
  readonly identity: string;
}

/** What the table of attachments has for an identity. */
export function attachmentsOf(
  kind: IdentityKind['noun'],
  { name, attached, boundary }: { name: string; attached: readonly string[]; boundary?: string | undefined },
): readonly Attachment[] {
  const own = attached.map((arn) => ({ arn, identity: `${kind}/${name}` }));
  return boundary === undefined ? own : [...own, { arn: boundary, identity: `boundary/${kind}/${name}` }];
}

export function markAttachments(
  view: IndexView,
  account: string,
  list: readonly Attachment[],
  isAttached = true,
): void {
  for (const { arn, identity } of list) {
    if (isAttached) attachments.put(view, undefined, account, arn, identity);
    else attachments.delete(view, account, arn, identity);
  }
}

/** Identities that use a policy, by names such as `user/ana`. Bounded by the quotas of the account. */
export function* identitiesOf(view: ReadView, account: string, arn: string): Portions<readonly string[]> {
  const limit = 2 * (quotas.users + quotas.groups + quotas.roles);
  return (yield* attachments.page(view, [account, arn], { limit })).map(({ name }) => name);
}

/** The three operations of one kind of identity. */
function operationsOf(identity: IdentityKind): Operations {
  const { kind, noun, nameRule } = identity;
  const nameOf = ({ params }: Call) => params.required(`${kind}Name`, nameRule);
  const byName = namedSubject(kind);
  const subject = function* (call: Call, view: ReadView) {
    const arn = call.params.required('PolicyArn', rules.arn);
    return { ...(yield* byName(call, view)), keys: conditionKeys({ 'iam:PolicyARN': arn }) };
  };
  const change = (attach: boolean) =>
    function* (call: Call, view: IndexView): Portions {
      const account = accountOf(call);
      const arn = call.params.required('PolicyArn', rules.arn);
      const before = yield* identity.find(view, account, nameOf(call));
      if (attach) yield* requirePolicy(view, account, arn);
      const isAttached = before.attached.includes(arn);
      if (!attach && !isAttached) missing(`Policy ${arn} was not found.`);
      if (attach && isAttached) return;
      if (attach && before.attached.length >= quotas.attachedPolicies)
        throw limitExceeded(`PoliciesPer${kind}`, quotas.attachedPolicies);
      const attached = attach ? [...before.attached, arn] : before.attached.filter((one) => one !== arn);
      yield* identity.replace(view, account, before.name, { attached });
      markAttachments(view, account, [{ arn, identity: `${noun}/${before.name}` }], attach);
    };
  return {
    [`Attach${kind}Policy`]: { subject, change: change(true) },
    [`Detach${kind}Policy`]: { subject, change: change(false) },
    [`ListAttached${kind}Policies`]: {
      subject: byName,
      *read(call, view) {
        const { attached } = yield* identity.find(view, accountOf(call), nameOf(call));
        const prefix = call.params.optional('PathPrefix', rules.pathPrefix) ?? '/';
        const entries = [...attached].sort().filter((arn) => pathOfArn(arn).startsWith(prefix));
        return pageOfList(
          call.params,
          'AttachedPolicies',
          entries.map((arn) => ({ name: arn, shown: { PolicyName: nameOfArn(arn), PolicyArn: arn } })),
        );
      },
    },
  };
}

export const attachmentOperations: Operations = {
  ...operationsOf(userKind),
  ...operationsOf(groupKind),
  ...operationsOf(roleKind),
};

const nameOfArn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
const pathOfArn = (arn: string): string => arn.slice(arn.indexOf('/'), arn.lastIndexOf('/') + 1);
