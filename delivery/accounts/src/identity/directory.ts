// Finds the credentials that a request is signed with: access keys of the configuration (roots of their accounts), of the account
// store, and temporary ones, whose token carries them. Results are kept until the store changes.
import type { Portions, ReadView } from '@cess/object-index';
import { BoundedCache, err, fromUtf8, ok, type Result } from '@cess/primitives';
import { assumedRoleArn, entityArn } from '../arns.js';
import { openToken, type Session } from '../sessions/session-token.js';
import type { AccountStore } from '../store/account-store.js';
import type { Secrets } from '../store/secrets.js';
import { accessKeys, roles, users } from '../store/tables.js';
import type { Account, Caller, Credentials } from './caller.js';
import { callerKeys } from './caller-keys.js';
import { managed, type PolicyLoader, rolePolicies, userPolicies } from './load-policies.js';
import type { PolicyCompiler } from './policy-compiler.js';
import type { Roots } from './roots.js';

/**
 * `unknown-key`: there is no such active key, or whoever it belongs to is gone. `invalid-token`: the session token is not of this
 * gateway or not of this key.
 */
export type CredentialFailure = 'unknown-key' | 'invalid-token' | 'expired-token';

export interface DirectoryInit {
  readonly store: AccountStore;
  readonly roots: Roots;
  readonly secrets: Secrets;
  readonly compiler: PolicyCompiler;
}

type Found = Result<Credentials, CredentialFailure>;

const maxCached = 4_096;

export class Directory {
  #known = new BoundedCache<Credentials>(maxCached);
  /** Rises with every change of the store or the roots: what was read before it is not kept. */
  #generation = 0;

  constructor(private readonly init: DirectoryInit) {
    init.store.onChange(() => this.forget());
  }

  /** Reads everything anew: the store or the roots changed. */
  forget(): void {
    this.#generation++;
    this.#known = new BoundedCache(maxCached);
  }

  /** The credentials of an access key, with its session token if it is a temporary one. */
  async find(accessKeyId: string, token: string | undefined, nowMs: number): Promise<Found> {
    if (!/^[\w-]{3,128}$/.test(accessKeyId)) return err('unknown-key');
    const name = `${accessKeyId} ${token ?? ''}`;
    let credentials = this.#known.get(name);
    if (credentials === undefined) {
      const generation = this.#generation;
      const found = await this.init.store.read((view) => this.#read(view, accessKeyId, token));
      if (!found.ok) return found;
      credentials = found.value;
      if (generation === this.#generation) this.#known.set(name, credentials);
    }
    const { expiresAtMs } = credentials;
    return expiresAtMs !== undefined && nowMs >= expiresAtMs ? err('expired-token') : ok(credentials);
  }

  *#read(view: ReadView, accessKeyId: string, token: string | undefined): Portions<Found> {
    const root = this.init.roots.byAccessKey(accessKeyId);
    if (root !== undefined) {
      if (token !== undefined) return err('invalid-token');
      const caller = rootCaller(root.account, { accessKeyId });
      return ok({ secretAccessKey: root.secretAccessKey, caller });
    }
    return token === undefined
      ? yield* this.#permanent(view, accessKeyId)
      : yield* this.#session(view, accessKeyId, token);
  }

  *#permanent(view: ReadView, accessKeyId: string): Portions<Found> {
    const key = yield* accessKeys.get(view, accessKeyId);
    const account = key === undefined ? undefined : this.init.roots.account(key.account);
    if (key === undefined || !key.isActive || account === undefined) return err('unknown-key');
    const secretAccessKey = fromUtf8(this.init.secrets.open('access-key', accessKeyId, key.sealedSecret));
    if (key.user === undefined) return ok({ secretAccessKey, caller: rootCaller(account, { accessKeyId }) });
    const caller = yield* this.#user(view, account, { accessKeyId, user: key.user });
    return caller === undefined ? err('unknown-key') : ok({ secretAccessKey, caller });
  }

  *#session(view: ReadView, accessKeyId: string, token: string): Portions<Found> {
    const session = openToken(this.init.secrets, accessKeyId, token);
    if (session === undefined) return err('invalid-token');
    const account = yield* this.#accountOf(view, session);
    const caller = account === undefined ? undefined : yield* this.#sessionCaller(view, account, session);
    if (caller === undefined) return err('unknown-key');
    const { secretAccessKey, expiresAtMs } = session;
    return ok({ secretAccessKey, expiresAtMs, caller });
  }

  /** The account of a session; undefined if it is gone, or if the access key that asked for the session is. */
  *#accountOf(view: ReadView, { account, issuer }: Session): Portions<Account | undefined> {
    const { roots } = this.init;
    if (issuer === undefined) return roots.account(account);
    const root = roots.byAccessKey(issuer);
    if (root !== undefined) return root.account.id === account ? root.account : undefined;
    const key = yield* accessKeys.get(view, issuer);
    return key?.isActive === true && key.account === account ? roots.account(account) : undefined;
  }

  *#sessionCaller(view: ReadView, account: Account, content: Session): Portions<Caller | undefined> {
    const { subject, accessKeyId, issuedAtMs, mfaAtMs } = content;
    const session = { issuedAtMs, mfaAtMs };
    switch (subject.type) {
      case 'Root':
        return rootCaller(account, { accessKeyId, session });
      case 'User':
        return yield* this.#user(view, account, {
          accessKeyId,
          user: subject.value.name,
          id: subject.value.id,
          session,
        });
      case 'Role':
        return yield* this.#role(view, account, { content, role: subject.value, session });
    }
  }

  *#user(view: ReadView, account: Account, part: UserPart): Portions<Caller | undefined> {
    const { accessKeyId, session } = part;
    const user = yield* users.get(view, account.id, part.user);
    if (user === undefined || (part.id !== undefined && user.id !== part.id)) return undefined;
    const policies = yield* userPolicies(this.#loader(view, account), user);
    const principal = { kind: 'user', ...ownerOf(account), arn: entityArn(account.id, 'user', user) } as const;
    const base = { account, principal, userId: user.id, userName: user.name, accessKeyId, policies };
    return withKeys({ ...base, ...(session === undefined ? {} : { session }) });
  }

  *#role(view: ReadView, account: Account, { content, role, session }: RolePart): Portions<Caller | undefined> {
    const record = yield* roles.get(view, account.id, role.name);
    if (record === undefined || record.id !== role.id) return undefined;
    const loader = this.#loader(view, account);
    const policies = yield* rolePolicies(loader, record);
    const principal = {
      kind: 'role-session',
      ...ownerOf(account),
      roleArn: entityArn(account.id, 'role', record),
      arn: assumedRoleArn(account.id, record.name, role.session),
    } as const;
    const userId = `${record.id}:${role.session}`;
    const base = { account, principal, userId, accessKeyId: content.accessKeyId, session };
    if (!content.isNarrowed) return withKeys({ ...base, policies });
    const own = content.policies.map((document) => loader.compiler.compile('session policy', document, 'session'));
    const limits = [...own, ...(yield* managed(loader, content.policyArns))];
    return withKeys({ ...base, policies: { ...policies, session: limits } });
  }

  #loader(view: ReadView, { id: account }: Account): PolicyLoader {
    return { view, account, compiler: this.init.compiler };
  }
}

interface UserPart {
  readonly accessKeyId: string;
  readonly user: string;
  /** Of a session: the id that the user had. */
  readonly id?: string;
  readonly session?: Caller['session'];
}

interface RolePart {
  readonly content: Session;
  readonly role: { readonly name: string; readonly id: string; readonly session: string };
  readonly session: NonNullable<Caller['session']>;
}

function rootCaller(account: Account, part: Pick<Caller, 'accessKeyId' | 'session'>): Caller {
  const principal = { kind: 'root', ...ownerOf(account) } as const;
  return withKeys({ account, principal, userId: account.id, policies: { identity: [] }, ...part });
}

function ownerOf(account: Account): { readonly account: string; readonly canonicalId: string } {
  return { account: account.id, canonicalId: account.canonicalId };
}

function withKeys(caller: Omit<Caller, 'keys'>): Caller {
  return { ...caller, keys: callerKeys(caller) };
}
