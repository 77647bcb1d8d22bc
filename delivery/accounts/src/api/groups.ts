// Operations on groups and their members.
import { answered, type IndexView, type Portions } from '@cess/object-index';
import { IamError } from '../iam-error.js';
import { createId } from '../ids.js';
import { quotas } from '../quotas.js';
import type { GroupRecord } from '../store/records.js';
import { groups, members, users } from '../store/tables.js';
import { attachmentsOf, markAttachments } from './attachments.js';
import { countDown, countUp, limitExceeded } from './counts.js';
import {
  accountOf,
  listSubject,
  missing,
  namedSubject,
  newSubject,
  pathOf,
  requireGroup,
  requireUser,
} from './entities.js';
import type { Call, Operations } from './operation.js';
import { listPage, pageOfList } from './paging.js';
import { rules } from './params.js';
import { groupShape, userShape } from './shapes.js';
import { conflict } from './users.js';

const nameOf = ({ params }: Call): string => params.required('GroupName', rules.groupName);

export const groupOperations: Operations = {
  CreateGroup: {
    subject: newSubject('group', 'GroupName'),
    *change(call, view) {
      const account = accountOf(call);
      const name = nameOf(call);
      yield* assertFree(view, account, name);
      yield* countUp(view, account, 'groups');
      const id = createId('AGPA', call.services.rng);
      const group: GroupRecord = { name, path: pathOf(call), id, createdAtMs: call.nowMs, inline: [], attached: [] };
      groups.put(view, group, account, name);
      return { Group: groupShape(account, group) };
    },
  },
  GetGroup: {
    subject: namedSubject('Group'),
    *read(call, view) {
      const account = accountOf(call);
      const group = yield* requireGroup(view, account, nameOf(call));
      const source = { view, table: members, scope: [account, group.name] };
      const page = yield* listPage(call.params, 'Users', source, function* ({ name }) {
        return userShape(account, yield* requireUser(view, account, name));
      });
      return { Group: groupShape(account, group), ...page };
    },
  },
  ListGroups: {
    subject: listSubject('group'),
    *read(call, view) {
      const account = accountOf(call);
      const prefix = call.params.optional('PathPrefix', rules.pathPrefix) ?? '/';
      return yield* listPage(call.params, 'Groups', { view, table: groups, scope: [account] }, ({ value }) =>
        answered(value.path.startsWith(prefix) ? groupShape(account, value) : undefined),
      );
    },
  },
  UpdateGroup: { subject: namedSubject('Group'), change: updateGroup },
  DeleteGroup: {
    subject: namedSubject('Group'),
    *change(call, view) {
      const account = accountOf(call);
      const group = yield* requireGroup(view, account, nameOf(call));
      const { length } = yield* members.page(view, [account, group.name], { limit: 1 });
      if (length > 0) throw conflict('must remove users from group first.');
      if (group.attached.length > 0) throw conflict('must detach all policies first.');
      if (group.inline.length > 0) throw conflict('must delete policies first.');
      groups.delete(view, account, group.name);
      yield* countDown(view, account, 'groups');
    },
  },
  AddUserToGroup: {
    subject: namedSubject('Group'),
    *change(call, view) {
      const account = accountOf(call);
      const group = yield* requireGroup(view, account, nameOf(call));
      const user = yield* requireUser(view, account, call.params.required('UserName', rules.userName));
      if (user.groups.includes(group.name)) return;
      if (user.groups.length >= quotas.groupsOfUser) throw limitExceeded('GroupsPerUser', quotas.groupsOfUser);
      users.put(view, { ...user, groups: [...user.groups, group.name].sort() }, account, user.name);
      members.put(view, undefined, account, group.name, user.name);
    },
  },
  RemoveUserFromGroup: {
    subject: namedSubject('Group'),
    *change(call, view) {
      const account = accountOf(call);
      const group = yield* requireGroup(view, account, nameOf(call));
      const user = yield* requireUser(view, account, call.params.required('UserName', rules.userName));
      if (!user.groups.includes(group.name)) missing(`User ${user.name} is not in group ${group.name}.`);
      const rest = user.groups.filter((name) => name !== group.name);
      users.put(view, { ...user, groups: rest }, account, user.name);
      members.delete(view, account, group.name, user.name);
    },
  },
  ListGroupsForUser: {
    subject: namedSubject('User'),
    *read(call, view) {
      const account = accountOf(call);
      const user = yield* requireUser(view, account, call.params.required('UserName', rules.userName));
      const entries = [];
      for (const name of user.groups) {
        entries.push({ name, shown: groupShape(account, yield* requireGroup(view, account, name)) });
      }
      return pageOfList(call.params, 'Groups', entries);
    },
  },
};

/** A new name or path. The groups of every member change with it. */
function* updateGroup(call: Call, view: IndexView): Portions {
  const account = accountOf(call);
  const before = yield* requireGroup(view, account, nameOf(call));
  const name = call.params.optional('NewGroupName', rules.groupName) ?? before.name;
  const path = call.params.optional('NewPath', rules.path) ?? before.path;
  if (name.toLowerCase() !== before.name.toLowerCase()) yield* assertFree(view, account, name);
  const after = { ...before, name, path };
  const rows = yield* members.page(view, [account, before.name], { limit: quotas.users });
  for (const { name: userName } of rows) {
    yield;
    const user = yield* requireUser(view, account, userName);
    const rest = user.groups.filter((group) => group !== before.name);
    users.put(view, { ...user, groups: [...rest, name].sort() }, account, user.name);
    members.delete(view, account, before.name, user.name);
  }
  for (const { name: userName } of rows) members.put(view, undefined, account, name, userName);
  markAttachments(view, account, attachmentsOf('group', before), false);
  markAttachments(view, account, attachmentsOf('group', after));
  groups.delete(view, account, before.name);
  groups.put(view, after, account, name);
}

function* assertFree(view: IndexView, account: string, name: string): Portions {
  if ((yield* groups.get(view, account, name)) === undefined) return;
  throw new IamError('EntityAlreadyExists', `Group with name ${name} already exists.`);
}
