// The accounts of a gateway in memory, with a clock that tests set, and requests to them by whoever a test names.
import { randomBytes } from 'node:crypto';
import { conditionKeys } from '@cess/access';
import { isCessError, silentLogger } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { Accounts } from '../accounts.js';
import type { Answer } from '../api/operation.js';
import type { QueryService } from '../api/query-api.js';
import { IamError } from '../iam-error.js';
import type { Caller, Credentials } from '../identity/caller.js';
import type { RootKey } from '../identity/roots.js';
import type { KeyVault } from '../named-keys/key-vault.js';
import { createMemoryVault } from './memory-vault.js';

export const rootKey = {
  accessKeyId: 'ROOTKEY',
  secretAccessKey: 'root-secret-of-the-test',
  owner: new Uint8Array(32).fill(3),
  ownerKey: new Uint8Array(32).fill(4),
  territory: 'default',
};
export const otherRootKey = { ...rootKey, accessKeyId: 'OTHERROOT', owner: new Uint8Array(32).fill(9) };

type Fields = Readonly<Record<string, string>>;

export interface KeyPair {
  readonly accessKeyId: string;
  readonly token?: string;
}

/** Access keys as an answer of IAM or STS gives them. */
export function keyPairOf(answer: Answer): KeyPair {
  const shape = (answer['AccessKey'] ?? answer['Credentials']) as Answer;
  const token = shape['SessionToken'];
  return { accessKeyId: String(shape['AccessKeyId']), ...(token === undefined ? {} : { token: String(token) }) };
}

export class AccountsBench {
  nowMs = Date.UTC(2026, 10, 28, 12);

  private constructor(
    readonly accounts: Accounts,
    readonly kv: Kv,
    readonly vault: KeyVault,
  ) {}

  static async open(
    kv: Kv = createMemoryKv(),
    secret = new Uint8Array(32).fill(1),
    rootKeys: readonly RootKey[] = [rootKey, otherRootKey],
    vault = createMemoryVault(),
  ): Promise<AccountsBench> {
    const accounts = new Accounts({
      store: kv,
      networkId: new Uint8Array(32).fill(7),
      secret,
      gateway: 'gateway-of-the-test',
      region: 'us-east-1',
      vault,
      rootKeys: [...rootKeys],
      rng: { bytes: (length) => new Uint8Array(randomBytes(length)) },
      logger: silentLogger,
    });
    await accounts.start();
    return new AccountsBench(accounts, kv, vault);
  }

  async credentials({ accessKeyId, token }: KeyPair): Promise<Credentials | string> {
    const found = await this.accounts.credentials(accessKeyId, token, this.nowMs);
    return found.ok ? found.value : found.error;
  }

  async caller(keys: KeyPair): Promise<Caller> {
    const found = await this.credentials(keys);
    if (typeof found === 'string') throw new Error(`the credentials are refused: ${found}`);
    return found.caller;
  }

  /** An operation of IAM, by the root unless the test names other keys. */
  iam(action: string, fields: Fields = {}, keys: KeyPair = rootKey): Promise<Answer> {
    return this.#perform('iam', action, fields, keys);
  }

  kms(action: string, fields: Fields = {}, keys: KeyPair = rootKey): Promise<Answer> {
    return this.#perform('kms', action, fields, keys);
  }

  sts(action: string, fields: Fields, keys: KeyPair): Promise<Answer> {
    return this.#perform('sts', action, fields, keys);
  }

  /** The code of the refusal; an operation that succeeds is a failure of the test. */
  async refusal(request: Promise<unknown>): Promise<string> {
    try {
      await request;
    } catch (error) {
      if (error instanceof IamError || isCessError(error)) return error.code;
      throw error;
    }
    throw new Error('the request was not refused');
  }

  /** A user with an access key and, if given, an inline policy. */
  async user(name: string, policy?: object): Promise<KeyPair> {
    await this.iam('CreateUser', { UserName: name });
    if (policy !== undefined) await this.putPolicy(name, policy);
    return keyPairOf(await this.iam('CreateAccessKey', { UserName: name }));
  }

  putPolicy(user: string, ...statements: readonly object[]): Promise<Answer> {
    return this.iam('PutUserPolicy', { UserName: user, PolicyName: 'own', PolicyDocument: documentOf(...statements) });
  }

  async #perform(service: QueryService, action: string, fields: Fields, keys: KeyPair): Promise<Answer> {
    const request = {
      service,
      fields: new Map(Object.entries({ Action: action, ...fields })),
      caller: await this.caller(keys),
      nowMs: this.nowMs,
      keys: conditionKeys({ 'aws:SourceIp': '127.0.0.1' }),
    };
    return (await this.accounts.perform(request)) ?? {};
  }
}

export function documentOf(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

export const allow = (action: string | readonly string[], resource = '*', more: object = {}) => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
  ...more,
});
