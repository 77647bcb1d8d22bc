// The accounts of one gateway: who its callers are, and the APIs that administer them.
import type { Logger, Result, Rng } from '@cess/primitives';
import type { Kv } from '@cess/store';
import type { Answer } from './api/operation.js';
import { QueryApi, type QueryRequest } from './api/query-api.js';
import type { Account, Credentials } from './identity/caller.js';
import { type CredentialFailure, Directory } from './identity/directory.js';
import { KeyUses } from './identity/key-uses.js';
import { PolicyCompiler } from './identity/policy-compiler.js';
import { type RootKey, Roots } from './identity/roots.js';
import { AccountStore } from './store/account-store.js';
import { Secrets } from './store/secrets.js';

export interface AccountsInit {
  /** The store of the gateway; accounts have a prefix of their own in it. */
  readonly kv: Kv;
  /** Genesis hash: the store of another network is refused. */
  readonly networkId: Uint8Array;
  /** Secret of the gateway, 32 bytes, from which the keys of secrets at rest and of session tokens follow. */
  readonly secret: Uint8Array;
  /** Access keys of the configuration. */
  readonly rootKeys: readonly RootKey[];
  readonly rng: Rng;
  readonly logger: Logger;
}

export class Accounts {
  readonly #roots: Roots;
  readonly #directory: Directory;
  readonly #uses: KeyUses;
  readonly #api: QueryApi;

  private constructor({ secret, rng, logger }: AccountsInit, store: AccountStore, roots: Roots) {
    const secrets = new Secrets(secret, rng);
    const compiler = new PolicyCompiler();
    this.#roots = roots;
    this.#uses = new KeyUses(store, logger);
    this.#directory = new Directory({ store, roots, secrets, compiler });
    this.#api = new QueryApi(store, { secrets, rng, roots, compiler, keyUses: this.#uses });
  }

  /** Throws `ACCOUNT_ID_TAKEN` and what `openVersioned` throws. */
  static async open(init: AccountsInit): Promise<Accounts> {
    const roots = new Roots(init.rootKeys);
    return new Accounts(init, await AccountStore.open(init.kv, init.networkId), roots);
  }

  /** The accounts that this gateway serves. */
  list(): readonly Account[] {
    return this.#roots.accounts();
  }

  /** The account with this number, if this gateway serves it. */
  account(id: string): Account | undefined {
    return this.#roots.account(id);
  }

  /** The credentials of an access key, with its session token if it is a temporary one. */
  credentials(
    accessKeyId: string,
    token: string | undefined,
    nowMs: number,
  ): Promise<Result<Credentials, CredentialFailure>> {
    return this.#directory.find(accessKeyId, token, nowMs);
  }

  /** Notes that a permanent access key signed a request. */
  noteUse(
    { caller }: Credentials,
    use: { readonly atMs: number; readonly service: string; readonly region: string },
  ): void {
    if (caller.session === undefined) this.#uses.note(caller.accessKeyId, use);
  }

  /** Performs an operation of IAM or STS; undefined for one without a result. Throws IamError. */
  perform(request: QueryRequest): Promise<Answer | undefined> {
    return this.#api.perform(request);
  }

  /** Stores what is still in memory. */
  async stop(): Promise<void> {
    await this.#uses.flush();
  }
}
