// Operations on access keys of users and of the root. Keys of the configuration are listed with those of the root; only whoever
// administers the gateway changes them.
import type { IndexView, Portions, ReadView } from '@cess/object-index';
import { utf8 } from '@cess/primitives';
import { entityArn } from '../arns.js';
import { IamError } from '../iam-error.js';
import { createId, createSecretAccessKey } from '../ids.js';
import { quotas } from '../quotas.js';
import type { AccessKeyRecord } from '../store/records.js';
import { accessKeys, keyUses, users } from '../store/tables.js';
import { limitExceeded } from './counts.js';
import { accountOf, missing, userNameOf, userOrCaller } from './entities.js';
import { findHolder, replaceHolder } from './holders.js';
import type { Answer, Call, Operations, Subject } from './operation.js';
import { pageOfList } from './paging.js';
import { rules } from './params.js';

export const accessKeyOperations: Operations = {
  CreateAccessKey: { subject: userOrCaller, change: createAccessKey },
  ListAccessKeys: { subject: userOrCaller, read: listAccessKeys },
  UpdateAccessKey: {
    subject: userOrCaller,
    *change(call, view) {
      const { id, key } = yield* requireKey(call, view);
      const status = call.params.oneOf('Status', ['Active', 'Inactive']);
      accessKeys.put(view, { ...key, isActive: status === 'Active' }, id);
    },
  },
  DeleteAccessKey: {
    subject: userOrCaller,
    *change(call, view) {
      const { id } = yield* requireKey(call, view);
      const holder = yield* findHolder(view, accountOf(call), userNameOf(call));
      const rest = holder.accessKeys.filter((one) => one !== id);
      yield* replaceHolder(view, accountOf(call), { ...holder, accessKeys: rest });
      accessKeys.delete(view, id);
      keyUses.delete(view, id);
      call.services.keyUses.forget(id);
    },
  },
  GetAccessKeyLastUsed: {
    *subject(call, view): Portions<Subject> {
      const { key } = yield* findKey(call, view);
      const account = accountOf(call);
      const user = key?.user === undefined ? undefined : yield* users.get(view, account, key.user);
      return { arn: user === undefined ? `arn:aws:iam::${account}:user/` : entityArn(account, 'user', user) };
    },
    *read(call, view) {
      const { id, key } = yield* findKey(call, view);
      const { roots, keyUses: uses } = call.services;
      if (key === undefined && !roots.accessKeysOf(accountOf(call)).includes(id)) keyMissing(id);
      const use = yield* uses.find(view, id);
      return {
        UserName: key?.user ?? accountOf(call),
        AccessKeyLastUsed: {
          LastUsedDate: use === undefined ? undefined : new Date(use.atMs),
          ServiceName: use?.service ?? 'N/A',
          Region: use?.region ?? 'N/A',
        },
      };
    },
  },
};

function* createAccessKey(call: Call, view: IndexView): Portions<Answer> {
  const account = accountOf(call);
  const { rng, secrets } = call.services;
  const holder = yield* findHolder(view, account, userNameOf(call));
  if (holder.accessKeys.length >= quotas.accessKeysOfUser)
    throw limitExceeded('AccessKeysPerUser', quotas.accessKeysOfUser);
  const id = createId('AKIA', rng);
  const secret = createSecretAccessKey(rng);
  const key: AccessKeyRecord = {
    account,
    user: holder.user,
    sealedSecret: secrets.seal('access-key', id, utf8(secret)),
    isActive: true,
    createdAtMs: call.nowMs,
  };
  accessKeys.put(view, key, id);
  yield* replaceHolder(view, account, { ...holder, accessKeys: [...holder.accessKeys, id] });
  return { AccessKey: { ...metadata(account, id, key), SecretAccessKey: secret } };
}

function* listAccessKeys(call: Call, view: ReadView): Portions<Answer> {
  const account = accountOf(call);
  const holder = yield* findHolder(view, account, userNameOf(call));
  const entries = [];
  if (holder.user === undefined) {
    for (const id of call.services.roots.accessKeysOf(account)) {
      const shown = { UserName: account, AccessKeyId: id, Status: 'Active', CreateDate: new Date(0) };
      entries.push({ name: id, shown });
    }
  }
  for (const id of holder.accessKeys) {
    const key = yield* accessKeys.get(view, id);
    if (key !== undefined) entries.push({ name: id, shown: metadata(account, id, key) });
  }
  const page = pageOfList(
    call.params,
    'AccessKeyMetadata',
    entries.sort((a, b) => (a.name < b.name ? -1 : 1)),
  );
  return { UserName: holder.user, ...page };
}

/** The root is shown by the number of its account. */
function metadata(account: string, id: string, key: AccessKeyRecord): Answer {
  return {
    UserName: key.user ?? account,
    AccessKeyId: id,
    Status: key.isActive ? 'Active' : 'Inactive',
    CreateDate: new Date(key.createdAtMs),
  };
}

function* findKey(
  call: Call,
  view: ReadView,
): Portions<{ readonly id: string; readonly key: AccessKeyRecord | undefined }> {
  const id = call.params.required('AccessKeyId', rules.accessKeyId);
  const key = yield* accessKeys.get(view, id);
  return { id, key: key?.account === accountOf(call) ? key : undefined };
}

/** The key of the request, which must belong to the user that the request names. */
function* requireKey(call: Call, view: ReadView): Portions<{ readonly id: string; readonly key: AccessKeyRecord }> {
  const { id, key } = yield* findKey(call, view);
  const { user, accessKeys: own } = yield* findHolder(view, accountOf(call), userNameOf(call));
  if (key !== undefined && own.includes(id)) return { id, key };
  if (user === undefined && call.services.roots.accessKeysOf(accountOf(call)).includes(id)) {
    const message = `The Access Key with id ${id} stands in the configuration of the gateway and can only be changed there.`;
    throw new IamError('UnmodifiableEntity', message);
  }
  return keyMissing(id);
}

function keyMissing(id: string): never {
  return missing(`The Access Key with id ${id} cannot be found.`);
}
