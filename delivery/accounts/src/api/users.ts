// Operations on users.
import { answered, type IndexView, type Portions } from '@cess/object-index';
import { rootArn } from '../arns.js';
import { IamError } from '../iam-error.js';
import { createId } from '../ids.js';
import type { UserRecord } from '../store/records.js';
import { accessKeys, devices, members, users } from '../store/tables.js';
import { attachmentsOf, markAttachments } from './attachments.js';
import { assertBoundary } from './boundaries.js';
import { countDown, countUp } from './counts.js';
import {
  accountOf,
  listSubject,
  namedSubject,
  newSubject,
  pathOf,
  requireUser,
  userNameOf,
  userOrCaller,
} from './entities.js';
import type { Call, Operations } from './operation.js';
import { listPage } from './paging.js';
import { rules } from './params.js';
import { userShape } from './shapes.js';

export const userOperations: Operations = {
  CreateUser: {
    subject: newSubject('user', 'UserName'),
    *change(call, view) {
      const account = accountOf(call);
      const name = call.params.required('UserName', rules.userName);
      yield* assertFree(view, account, name);
      const boundary = call.params.optional('PermissionsBoundary', rules.arn);
      yield* assertBoundary(view, account, boundary);
      yield* countUp(view, account, 'users');
      const user: UserRecord = {
        name,
        path: pathOf(call),
        id: createId('AIDA', call.services.rng),
        createdAtMs: call.nowMs,
        inline: [],
        attached: [],
        accessKeys: [],
        devices: [],
        groups: [],
        boundary,
      };
      users.put(view, user, account, name);
      markAttachments(view, account, attachmentsOf('user', user));
      return { User: userShape(account, user) };
    },
  },
  GetUser: {
    subject: userOrCaller,
    *read(call, view) {
      const account = accountOf(call);
      const name = userNameOf(call);
      if (name === undefined) return { User: rootShape(call) };
      return { User: userShape(account, yield* requireUser(view, account, name)) };
    },
  },
  ListUsers: {
    subject: listSubject('user'),
    *read(call, view) {
      const account = accountOf(call);
      const prefix = call.params.optional('PathPrefix', rules.pathPrefix) ?? '/';
      return yield* listPage(call.params, 'Users', { view, table: users, scope: [account] }, ({ value }) =>
        answered(value.path.startsWith(prefix) ? userShape(account, value) : undefined),
      );
    },
  },
  UpdateUser: {
    subject: namedSubject('User'),
    change: updateUser,
  },
  DeleteUser: {
    subject: namedSubject('User'),
    *change(call, view) {
      const account = accountOf(call);
      const user = yield* requireUser(view, account, call.params.required('UserName', rules.userName));
      if (user.accessKeys.length > 0) throw conflict('must delete access keys first.');
      if (user.devices.length > 0) throw conflict('must deactivate MFA devices first.');
      if (user.groups.length > 0) throw conflict('must remove users from group first.');
      if (user.attached.length > 0) throw conflict('must detach all policies first.');
      if (user.inline.length > 0) throw conflict('must delete policies first.');
      markAttachments(view, account, attachmentsOf('user', user), false);
      users.delete(view, account, user.name);
      yield* countDown(view, account, 'users');
    },
  },
};

export function conflict(what: string): IamError {
  return new IamError('DeleteConflict', `Cannot delete entity, ${what}`);
}

/** A new name or path. Everything that names the user changes in the same transaction; the id stays. */
function* updateUser(call: Call, view: IndexView): Portions<undefined> {
  const account = accountOf(call);
  const before = yield* requireUser(view, account, call.params.required('UserName', rules.userName));
  const name = call.params.optional('NewUserName', rules.userName) ?? before.name;
  const path = call.params.optional('NewPath', rules.path) ?? before.path;
  if (name.toLowerCase() !== before.name.toLowerCase()) yield* assertFree(view, account, name);
  const after = { ...before, name, path };
  markAttachments(view, account, attachmentsOf('user', before), false);
  markAttachments(view, account, attachmentsOf('user', after));
  users.delete(view, account, before.name);
  users.put(view, after, account, name);
  for (const group of before.groups) {
    members.delete(view, account, group, before.name);
    members.put(view, undefined, account, group, name);
  }
  for (const id of before.accessKeys) {
    const key = yield* accessKeys.get(view, id);
    if (key !== undefined) accessKeys.put(view, { ...key, user: name }, id);
  }
  for (const deviceName of before.devices) {
    const device = yield* devices.get(view, account, deviceName);
    if (device?.enabled === undefined) continue;
    devices.put(view, { ...device, enabled: { ...device.enabled, user: name } }, account, deviceName);
  }
  return undefined;
}

function* assertFree(view: IndexView, account: string, name: string): Portions {
  if ((yield* users.get(view, account, name)) === undefined) return;
  throw new IamError('EntityAlreadyExists', `User with name ${name} already exists.`);
}

/** The root of an account, as GetUser shows it to itself. */
function rootShape({ caller }: Call) {
  const { id } = caller.account;
  return { Path: '/', UserId: id, Arn: rootArn(id), CreateDate: new Date(0) };
}
