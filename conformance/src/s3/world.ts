// What cases work with: the endpoint, buckets and objects of their own, and callers with few rights.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { elementOf } from './elements.js';
import { type Answer, Endpoint, type SendOptions } from './endpoint.js';
import type { SigningKeys } from './signing.js';

export interface BucketSettings {
  readonly versioning?: 'Enabled' | 'Suspended';
  readonly hasLock?: true;
  /** Anybody may do these actions, by the policy of the bucket. */
  readonly publicActions?: readonly string[];
  readonly ownership?: 'ObjectWriter' | 'BucketOwnerPreferred';
}

/** A statement of a policy. */
export type Statement = Readonly<Record<string, unknown>>;

export interface WorldInit {
  readonly endpoint: string;
  readonly region: string;
  readonly keys: SigningKeys;
}

const roleName = 'conformance';

interface Identity {
  readonly account: string;
  readonly canonicalId: string;
  readonly user: SigningKeys;
}

export class World {
  readonly endpoint: Endpoint;
  readonly account: string;
  readonly canonicalId: string;
  /** A user who may do everything. */
  readonly user: SigningKeys;
  readonly #sessions = new Map<string, Promise<SigningKeys>>();
  #buckets = 0;

  private constructor(endpoint: Endpoint, { account, canonicalId, user }: Identity) {
    this.endpoint = endpoint;
    this.account = account;
    this.canonicalId = canonicalId;
    this.user = user;
  }

  /** Makes the role from which callers with few rights come. */
  static async create({ endpoint: url, region, keys }: WorldInit): Promise<World> {
    const endpoint = new Endpoint(url, region, keys);
    const identity = await query(endpoint, 'sts', { Action: 'GetCallerIdentity' });
    const account = elementOf(identity.text, 'Account') ?? '';
    const buckets = await endpoint.send('GET', '/');
    const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' };
    const all = { Effect: 'Allow', Action: '*', Resource: '*' };
    await query(endpoint, 'iam', {
      Action: 'CreateRole',
      RoleName: roleName,
      AssumeRolePolicyDocument: policyText(trust),
    });
    await query(endpoint, 'iam', {
      Action: 'PutRolePolicy',
      RoleName: roleName,
      PolicyName: 'all',
      PolicyDocument: policyText(all),
    });
    // The root of an account cannot assume roles: a user does.
    await query(endpoint, 'iam', { Action: 'CreateUser', UserName: roleName });
    await query(endpoint, 'iam', {
      Action: 'PutUserPolicy',
      UserName: roleName,
      PolicyName: 'all',
      PolicyDocument: policyText(all),
    });
    const key = await query(endpoint, 'iam', { Action: 'CreateAccessKey', UserName: roleName });
    assert.equal(key.status, 200, key.text);
    const canonicalId = elementOf(buckets.text, 'ID') ?? '';
    return new World(endpoint, { account, canonicalId, user: keysOf(key.text) });
  }

  send(method: string, target: string, options?: SendOptions): Promise<Answer> {
    return this.endpoint.send(method, target, options);
  }

  /** The name of a bucket that does not exist. */
  freshName(): string {
    return `case-${++this.#buckets}-${randomBytes(4).toString('hex')}`;
  }

  /** A new bucket. */
  async bucket({ versioning, hasLock, publicActions, ownership }: BucketSettings = {}): Promise<string> {
    const bucket = this.freshName();
    const headers = {
      ...(hasLock === undefined ? {} : { 'x-amz-bucket-object-lock-enabled': 'true' }),
      ...(ownership === undefined ? {} : { 'x-amz-object-ownership': ownership }),
    };
    await this.ok('PUT', `/${bucket}`, { headers });
    if (versioning !== undefined) await this.setVersioning(bucket, versioning);
    if (publicActions !== undefined) {
      await this.ok('DELETE', `/${bucket}?publicAccessBlock`);
      const resources = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
      const grant = { Effect: 'Allow', Principal: '*', Action: publicActions, Resource: resources };
      await this.ok('PUT', `/${bucket}?policy`, { body: policyText(grant) });
    }
    return bucket;
  }

  setVersioning(bucket: string, status: 'Enabled' | 'Suspended'): Promise<Answer> {
    const body = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
    return this.ok('PUT', `/${bucket}?versioning`, { body });
  }

  /** Stores an object; answers of PutObject. */
  put(bucket: string, key: string, body: string | Uint8Array = 'content', headers: Record<string, string> = {}) {
    return this.ok('PUT', `/${bucket}/${key}`, { body, headers });
  }

  /** A request that must succeed. */
  async ok(method: string, target: string, options?: SendOptions): Promise<Answer> {
    const answer = await this.send(method, target, options);
    assert.ok(answer.status >= 200 && answer.status < 300, `${method} ${target}: ${answer.status} ${answer.text}`);
    return answer;
  }

  /** Starts an upload; resolves with its id. */
  async upload(bucket: string, key: string, headers: Record<string, string> = {}): Promise<string> {
    const { text } = await this.ok('POST', `/${bucket}/${key}?uploads`, { headers });
    return elementOf(text, 'UploadId') ?? '';
  }

  part(bucket: string, key: string, uploadId: string, number: number, body: string | Uint8Array = 'part') {
    return this.ok('PUT', `/${bucket}/${key}?partNumber=${number}&uploadId=${uploadId}`, { body });
  }

  /** Keys of a session that may do what these statements say, and nothing else. */
  limitedTo(...statements: readonly Statement[]): Promise<SigningKeys> {
    const policy = policyText(...statements);
    let session = this.#sessions.get(policy);
    if (session === undefined) {
      session = this.#assumeRole(policy);
      this.#sessions.set(policy, session);
    }
    return session;
  }

  /** Keys of a session that may do these actions on everything. */
  allowed(...actions: readonly string[]): Promise<SigningKeys> {
    return this.limitedTo({ Effect: 'Allow', Action: actions, Resource: '*' });
  }

  /** Keys of a session that may do everything but these actions. */
  denied(...actions: readonly string[]): Promise<SigningKeys> {
    const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
    return this.limitedTo(everything, { Effect: 'Deny', Action: actions, Resource: '*' });
  }

  query(service: 'iam' | 'sts', parameters: Readonly<Record<string, string>>, keys?: SigningKeys): Promise<Answer> {
    return query(this.endpoint, service, parameters, keys);
  }

  close(): void {
    this.endpoint.close();
  }

  async #assumeRole(policy: string): Promise<SigningKeys> {
    const parameters = {
      Action: 'AssumeRole',
      RoleArn: `arn:aws:iam::${this.account}:role/${roleName}`,
      RoleSessionName: 'case',
      Policy: policy,
    };
    const answer = await this.query('sts', parameters, this.user);
    assert.equal(answer.status, 200, answer.text);
    return keysOf(answer.text);
  }
}

/** The keys in an answer of STS or IAM. */
export function keysOf(text: string): SigningKeys {
  const sessionToken = elementOf(text, 'SessionToken');
  return {
    accessKeyId: elementOf(text, 'AccessKeyId') ?? '',
    secretAccessKey: elementOf(text, 'SecretAccessKey') ?? '',
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

export function policyText(...Statement: readonly Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

/** A request to IAM or STS. */
function query(
  endpoint: Endpoint,
  service: 'iam' | 'sts',
  parameters: Readonly<Record<string, string>>,
  keys: SigningKeys = endpoint.keys,
): Promise<Answer> {
  const body = new URLSearchParams({ Version: service === 'iam' ? '2010-05-08' : '2011-06-15', ...parameters });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return endpoint.send('POST', '/', { body: body.toString(), headers, service, keys });
}
