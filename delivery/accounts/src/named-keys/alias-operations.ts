// Operations of the KMS API on aliases of named keys.
import type { Portions, ReadView } from '@cess/object-index';
import { accountOf, anySubject } from '../api/entities.js';
import type { Call, Operations, Subject } from '../api/operation.js';
import { rules } from '../api/params.js';
import { IamError } from '../iam-error.js';
import { quotas } from '../quotas.js';
import type { KeyAliasRecord } from '../store/records.js';
import { keyAliases } from '../store/tables.js';
import { arnOf, keyOf, oneKey, requireNotPending } from './key-operations.js';
import { keyPage } from './key-pages.js';
import { keyAliasArn } from './key-record.js';

export const keyAliasOperations: Operations = {
  CreateAlias: {
    subject: targetKey,
    *change(call, view) {
      const found = yield* keyOf(call, view, 'TargetKeyId');
      requireNotPending(call, found);
      const { keyId } = found;
      const account = accountOf(call);
      const name = ownAlias(call);
      if ((yield* keyAliases.get(view, account, name)) !== undefined)
        throw new IamError('AlreadyExistsException', `An alias with the name ${name} already exists`);
      const all = yield* keyAliases.page(view, [account], {
        after: undefined,
        limit: quotas.namedKeys * quotas.aliasesOfKey,
      });
      if (all.filter(({ value }) => value.keyId === keyId).length >= quotas.aliasesOfKey)
        throw new IamError('LimitExceededException', `A key has at most ${quotas.aliasesOfKey} aliases.`);
      keyAliases.put(view, { keyId, createdAtMs: call.nowMs, updatedAtMs: call.nowMs }, account, name);
    },
  },
  UpdateAlias: {
    subject: targetKey,
    *change(call, view) {
      const found = yield* keyOf(call, view, 'TargetKeyId');
      requireNotPending(call, found);
      const name = ownAlias(call);
      const alias = yield* aliasNamed(call, view, name);
      keyAliases.put(view, { ...alias, keyId: found.keyId, updatedAtMs: call.nowMs }, accountOf(call), name);
    },
  },
  DeleteAlias: {
    *subject(call, view): Portions<Subject> {
      const name = call.params.required('AliasName', rules.aliasName);
      yield* aliasNamed(call, view, name);
      return { arn: keyAliasArn(call.services.region, accountOf(call), name) };
    },
    *change(call, view) {
      const name = ownAlias(call);
      yield* aliasNamed(call, view, name);
      keyAliases.delete(view, accountOf(call), name);
    },
  },
  ListAliases: {
    *subject(call, view): Portions<Subject> {
      return yield* call.params.has('KeyId') ? oneKey(call, view) : anySubject();
    },
    *read(call, view) {
      const account = accountOf(call);
      const wanted = call.params.has('KeyId') ? (yield* keyOf(call, view)).keyId : undefined;
      return yield* keyPage(call, 'Aliases', { view, table: keyAliases, account }, ({ name, value }) =>
        wanted !== undefined && value.keyId !== wanted
          ? undefined
          : {
              AliasName: name,
              AliasArn: keyAliasArn(call.services.region, account, name),
              TargetKeyId: value.keyId,
              CreationDate: new Date(value.createdAtMs),
              LastUpdatedDate: new Date(value.updatedAtMs),
            },
      );
    },
  },
};

function* targetKey(call: Call, view: ReadView): Portions<Subject> {
  return { arn: arnOf(call, yield* keyOf(call, view, 'TargetKeyId')) };
}

/** Names that begin with `alias/aws/` belong to the gateway. */
function ownAlias({ params }: Call): string {
  const name = params.required('AliasName', rules.aliasName);
  if (name.startsWith('alias/aws/'))
    throw new IamError('InvalidAliasNameException', 'Names that begin with alias/aws/ are reserved.');
  return name;
}

function* aliasNamed(call: Call, view: ReadView, name: string): Portions<KeyAliasRecord> {
  const alias = yield* keyAliases.get(view, accountOf(call), name);
  if (alias === undefined) throw new IamError('NotFoundException', `Alias ${name} is not found.`);
  return alias;
}
