// Operations on roles.
import { answered, type IndexView, type Portions } from '@cess/object-index';
import { IamError } from '../iam-error.js';
import { createId } from '../ids.js';
import type { RoleRecord } from '../store/records.js';
import { roles } from '../store/tables.js';
import { attachmentsOf, markAttachments } from './attachments.js';
import { assertBoundary } from './boundaries.js';
import { countDown, countUp } from './counts.js';
import { checkDocument } from './documents.js';
import { accountOf, listSubject, namedSubject, newSubject, pathOf, requireRole } from './entities.js';
import type { Call, Operations } from './operation.js';
import { listPage } from './paging.js';
import { rules } from './params.js';
import { roleShape } from './shapes.js';
import { conflict } from './users.js';

const nameOf = ({ params }: Call): string => params.required('RoleName', rules.roleName);
const subject = namedSubject('Role');
const sessionSeconds = { min: 3_600, max: 43_200, absent: 3_600 };

export const roleOperations: Operations = {
  CreateRole: {
    subject: newSubject('role', 'RoleName'),
    *change(call, view) {
      const account = accountOf(call);
      const { params } = call;
      const name = nameOf(call);
      const trust = params.required('AssumeRolePolicyDocument', rules.document);
      checkDocument(trust, 'trust');
      if ((yield* roles.get(view, account, name)) !== undefined)
        throw new IamError('EntityAlreadyExists', `Role with name ${name} already exists.`);
      const boundary = params.optional('PermissionsBoundary', rules.arn);
      yield* assertBoundary(view, account, boundary);
      yield* countUp(view, account, 'roles');
      const role: RoleRecord = {
        name,
        path: pathOf(call),
        id: createId('AROA', call.services.rng),
        createdAtMs: call.nowMs,
        inline: [],
        attached: [],
        boundary,
        trust,
        description: params.optional('Description', rules.description) ?? '',
        maxSessionSeconds: params.integer('MaxSessionDuration', sessionSeconds),
      };
      roles.put(view, role, account, name);
      markAttachments(view, account, attachmentsOf('role', role));
      return { Role: roleShape(account, role) };
    },
  },
  GetRole: {
    subject,
    *read(call, view) {
      const account = accountOf(call);
      return { Role: roleShape(account, yield* requireRole(view, account, nameOf(call))) };
    },
  },
  ListRoles: {
    subject: listSubject('role'),
    *read(call, view) {
      const account = accountOf(call);
      const prefix = call.params.optional('PathPrefix', rules.pathPrefix) ?? '/';
      return yield* listPage(call.params, 'Roles', { view, table: roles, scope: [account] }, ({ value }) =>
        answered(value.path.startsWith(prefix) ? roleShape(account, value) : undefined),
      );
    },
  },
  UpdateRole: {
    subject,
    *change(call, view) {
      const { params } = call;
      yield* changeRole(call, view, (role) => ({
        ...role,
        description: params.optional('Description', rules.description) ?? role.description,
        maxSessionSeconds: params.integer('MaxSessionDuration', { ...sessionSeconds, absent: role.maxSessionSeconds }),
      }));
      // Amazon answers with an empty result.
      return {};
    },
  },
  UpdateAssumeRolePolicy: {
    subject,
    *change(call, view) {
      const trust = call.params.required('PolicyDocument', rules.document);
      checkDocument(trust, 'trust');
      yield* changeRole(call, view, (role) => ({ ...role, trust }));
    },
  },
  DeleteRole: {
    subject,
    *change(call, view) {
      const account = accountOf(call);
      const role = yield* requireRole(view, account, nameOf(call));
      if (role.attached.length > 0) throw conflict('must detach all policies first.');
      if (role.inline.length > 0) throw conflict('must delete policies first.');
      markAttachments(view, account, attachmentsOf('role', role), false);
      roles.delete(view, account, role.name);
      yield* countDown(view, account, 'roles');
    },
  },
};

function* changeRole(call: Call, view: IndexView, change: (role: RoleRecord) => RoleRecord): Portions {
  const account = accountOf(call);
  const role = yield* requireRole(view, account, nameOf(call));
  roles.put(view, change(role), account, role.name);
}
