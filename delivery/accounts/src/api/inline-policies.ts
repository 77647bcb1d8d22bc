// Policies inside of users, groups and roles.

import { checkDocument, encodeDocument, putInline } from './documents.js';
import { accountOf, missing, namedSubject } from './entities.js';
import { groupKind, type IdentityKind, roleKind, userKind } from './identity-kinds.js';
import type { Call, Operations } from './operation.js';
import { pageOfList } from './paging.js';
import { rules } from './params.js';

function operationsOf(identity: IdentityKind): Operations {
  const { kind, noun, nameRule, inlineKind, inlineLimit } = identity;
  const subject = namedSubject(kind);
  const nameOf = ({ params }: Call) => params.required(`${kind}Name`, nameRule);
  const policyNameOf = ({ params }: Call) => params.required('PolicyName', rules.policyName);
  const notFound = (name: string) => missing(`The ${noun} policy with name ${name} cannot be found.`);
  return {
    [`Put${kind}Policy`]: {
      subject,
      *change(call, view) {
        const account = accountOf(call);
        const document = call.params.required('PolicyDocument', rules.document);
        checkDocument(document, inlineKind);
        const holder = yield* identity.find(view, account, nameOf(call));
        const limit = { kind: inlineKind, quota: `${kind}PolicySize`, limit: inlineLimit };
        const inline = putInline(holder.inline, { name: policyNameOf(call), document }, limit);
        yield* identity.replace(view, account, holder.name, { inline });
      },
    },
    [`Get${kind}Policy`]: {
      subject,
      *read(call, view) {
        const holder = yield* identity.find(view, accountOf(call), nameOf(call));
        const name = policyNameOf(call);
        const found = holder.inline.find((policy) => policy.name === name) ?? notFound(name);
        return { [`${kind}Name`]: holder.name, PolicyName: name, PolicyDocument: encodeDocument(found.document) };
      },
    },
    [`List${kind}Policies`]: {
      subject,
      *read(call, view) {
        const { inline } = yield* identity.find(view, accountOf(call), nameOf(call));
        const entries = inline.map(({ name }) => ({ name, shown: name }));
        return pageOfList(call.params, 'PolicyNames', entries);
      },
    },
    [`Delete${kind}Policy`]: {
      subject,
      *change(call, view) {
        const account = accountOf(call);
        const holder = yield* identity.find(view, account, nameOf(call));
        const name = policyNameOf(call);
        const inline = holder.inline.filter((policy) => policy.name !== name);
        if (inline.length === holder.inline.length) notFound(name);
        yield* identity.replace(view, account, holder.name, { inline });
      },
    },
  };
}

export const inlinePolicyOperations: Operations = {
  ...operationsOf(userKind),
  ...operationsOf(groupKind),
  ...operationsOf(roleKind),
};
