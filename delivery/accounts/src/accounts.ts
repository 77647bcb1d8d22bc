// The accounts of one gateway: who its callers are, and the APIs that administer them.
import type { IndexBackend } from '@cess/object-index';
import type { Logger, Result, Rng, Startable } from '@cess/primitives';
import type { Kv } from '@cess/store';
import { findHolder } from './api/holders.js';
import type { Answer } from './api/operation.js';
import { QueryApi, type QueryRequest } from './api/query-api.js';
import { serialOf } from './api/shapes.js';
import type { Caller, Credentials } from './identity/caller.js';
import { type CredentialFailure, Directory } from './identity/directory.js';
import { KeyUses } from './identity/key-uses.js';
import { PolicyCompiler } from './identity/policy-compiler.js';
import { type RootKey, Roots } from './identity/roots.js';
import { MfaAttempts } from './mfa/attempts.js';
import { type DeviceProof, useDeviceCode } from './mfa/device-codes.js';
import type { KeyVault } from './named-keys/key-vault.js';
import { NamedKeys } from './named-keys/named-keys.js';
import { Challenges } from './sign-in/challenges.js';
import { AccountStore } from './store/account-store.js';
import { Secrets } from './store/secrets.js';
import { devices } from './store/tables.js';

const realDayMs = 24 * 3_600_000;

export interface AccountsInit {
  /** The object index of the gateway; accounts have a prefix of their own in it. A store becomes one of this process. */
  readonly store: Kv | IndexBackend;
  /** Genesis hash: the store of another network is refused. */
  readonly networkId: Uint8Array;
  /** Secret of the gateway, 32 bytes, from which the keys of secrets at rest and of session tokens follow. */
  readonly secret: Uint8Array;
  /** Of named keys. */
  readonly vault: KeyVault;
  /** Of the ARNs of named keys. */
  readonly region: string;
  /** Length of a day of the waiting times and rotations of named keys. Default: 24 hours. */
  readonly dayMs?: number | undefined;
  /** How texts that wallets sign name the gateway. */
  readonly gateway: string;
  /** Access keys of the configuration. */
  readonly rootKeys: readonly RootKey[];
  readonly rng: Rng;
  readonly logger: Logger;
}

export class Accounts implements Startable {
  readonly #store: AccountStore;
  readonly #roots: Roots;
  readonly #directory: Directory;
  readonly #uses: KeyUses;
  readonly namedKeys: NamedKeys;
  readonly #api: QueryApi;
  readonly #secrets: Secrets;
  readonly #attempts = new MfaAttempts();
  readonly #refused: Record<CredentialFailure, number> = { 'unknown-key': 0, 'invalid-token': 0, 'expired-token': 0 };

  /** Throws `ACCOUNT_ID_TAKEN`. */
  constructor(init: AccountsInit) {
    const { store: index, networkId, secret, rootKeys, gateway, region, vault, rng, logger, dayMs = realDayMs } = init;
    const store = new AccountStore(index, networkId);
    const secrets = new Secrets(secret, rng);
    const compiler = new PolicyCompiler();
    const roots = new Roots(rootKeys);
    this.#store = store;
    this.#roots = roots;
    this.#secrets = secrets;
    this.namedKeys = new NamedKeys(store, { secrets, rng, region, vault, dayMs });
    this.#uses = new KeyUses(store, logger);
    this.#directory = new Directory({ store, roots, secrets, compiler });
    this.#api = new QueryApi(store, {
      secrets,
      rng,
      region,
      vault,
      dayMs,
      roots,
      compiler,
      keyUses: this.#uses,
      attempts: this.#attempts,
      challenges: new Challenges(secrets, rng, gateway),
    });
  }

  /** Throws what `openVersioned` throws. */
  async start(): Promise<void> {
    await this.#store.start();
  }

  /**
   * Serves the accounts of these access keys instead of those of before: the next request sees it. Throws `ACCOUNT_ID_TAKEN`, and
   * nothing changes.
   */
  replaceRootKeys(rootKeys: readonly RootKey[]): void {
    this.#roots.replace(rootKeys);
    this.#directory.forget();
  }

  /** The credentials of an access key, with its session token if it is a temporary one. */
  async credentials(
    accessKeyId: string,
    token: string | undefined,
    nowMs: number,
  ): Promise<Result<Credentials, CredentialFailure>> {
    const found = await this.#directory.find(accessKeyId, token, nowMs);
    if (!found.ok) this.#refused[found.error]++;
    return found;
  }

  /** How many credentials were refused since the start, by reason. */
  refusedCredentials(): readonly (readonly [CredentialFailure, number])[] {
    return Object.entries(this.#refused) as [CredentialFailure, number][];
  }

  /** Notes that an access key signed a request. Temporary ones are not noted. */
  noteUse(
    accessKeyId: string,
    use: { readonly atMs: number; readonly service: string; readonly region: string },
  ): void {
    if (!accessKeyId.startsWith('ASIA')) this.#uses.note(accessKeyId, use);
  }

  /** Uses up the code of an MFA device. Throws IamError (AccessDenied) unless it is valid and the device is the principal's. */
  async useDeviceCode(proof: DeviceProof, nowMs: number): Promise<void> {
    const services = { secrets: this.#secrets, attempts: this.#attempts };
    await this.#store.change((view) => useDeviceCode(view, proof, services, nowMs));
  }

  /** Serial numbers of the MFA devices that are enabled for the principal; a role has none. */
  devicesOf({ principal, userName }: Pick<Caller, 'principal' | 'userName'>): Promise<readonly string[]> {
    const { account } = principal;
    return this.#store.read(function* (view) {
      if (principal.kind === 'role-session') return [];
      const holder = yield* findHolder(view, account, userName);
      const serials: string[] = [];
      for (const name of holder.devices) {
        const device = yield* devices.get(view, account, name);
        if (device?.enabled !== undefined) serials.push(serialOf(account, device));
      }
      return serials;
    });
  }

  /** Performs an operation of IAM or STS; undefined for one without a result. Throws IamError. */
  perform(request: QueryRequest): Promise<Answer | undefined> {
    return this.#api.perform(request);
  }

  /** An operation that takes no signature: the sign-in with a wallet. Throws IamError. */
  performUnsigned(fields: ReadonlyMap<string, string>, nowMs: number): Answer {
    return this.#api.performUnsigned(fields, nowMs);
  }

  /** Calls `listener` after every change of users, roles, policies and keys. */
  onChange(listener: () => void): void {
    this.#store.onChange(listener);
  }

  /** Another gateway that shares the index may have changed accounts. */
  changedElsewhere(): void {
    this.#store.changed();
  }

  /** Stores what is still in memory. */
  async stop(): Promise<void> {
    await this.#uses.flush();
  }
}
