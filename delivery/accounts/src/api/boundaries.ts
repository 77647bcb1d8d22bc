// Permissions boundaries of users and roles.
import { conditionKeys } from '@cess/access';
import type { IndexView, Portions, ReadView } from '@cess/object-index';
import { findPolicy } from '../identity/managed-policies.js';
import { attachmentsOf, markAttachments } from './attachments.js';
import { accountOf, missing, namedSubject } from './entities.js';
import { type IdentityKind, roleKind, userKind } from './identity-kinds.js';
import type { Call, Operations } from './operation.js';
import { rules } from './params.js';

/** Throws NoSuchEntity if the policy of a boundary does not exist. */
export function* assertBoundary(view: ReadView, account: string, arn: string | undefined): Portions {
  if (arn === undefined || (yield* findPolicy(view, account, arn)) !== undefined) return;
  missing(`Scope ARN: ${arn} does not exist or is not attachable.`);
}

function operationsOf(identity: IdentityKind & { readonly kind: 'User' | 'Role' }): Operations {
  const { kind, noun, nameRule } = identity;
  const byName = namedSubject(kind);
  const replace = function* (call: Call, view: IndexView, boundary: string | undefined): Portions {
    const account = accountOf(call);
    const before = yield* identity.find(view, account, call.params.required(`${kind}Name`, nameRule));
    const withoutBoundary = { name: before.name, attached: [] };
    markAttachments(view, account, attachmentsOf(noun, { ...withoutBoundary, boundary: before.boundary }), false);
    markAttachments(view, account, attachmentsOf(noun, { ...withoutBoundary, boundary }));
    yield* identity.replace(view, account, before.name, { boundary });
  };
  return {
    [`Put${kind}PermissionsBoundary`]: {
      *subject(call, view) {
        const arn = call.params.required('PermissionsBoundary', rules.arn);
        return { ...(yield* byName(call, view)), keys: conditionKeys({ 'iam:PermissionsBoundary': arn }) };
      },
      *change(call, view) {
        const arn = call.params.required('PermissionsBoundary', rules.arn);
        yield* assertBoundary(view, accountOf(call), arn);
        yield* replace(call, view, arn);
      },
    },
    [`Delete${kind}PermissionsBoundary`]: {
      *subject(call, view) {
        const { boundary } = yield* identity.find(view, accountOf(call), call.params.required(`${kind}Name`, nameRule));
        return { ...(yield* byName(call, view)), keys: conditionKeys({ 'iam:PermissionsBoundary': boundary }) };
      },
      *change(call, view) {
        yield* replace(call, view, undefined);
      },
    },
  };
}

export const boundaryOperations: Operations = {
  ...operationsOf({ ...userKind, kind: 'User' }),
  ...operationsOf({ ...roleKind, kind: 'Role' }),
};
