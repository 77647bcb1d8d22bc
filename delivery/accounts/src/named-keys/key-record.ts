// Named keys in the account store (ADR 64): their names, states and material.
import type { IndexView, Portions, ReadView } from '@cess/object-index';
import type { Rng } from '@cess/primitives';
import { IamError } from '../iam-error.js';
import { maxKeyVersions, type NamedKeyRecord } from '../store/records.js';
import type { Secrets } from '../store/secrets.js';
import { keyAliases, namedKeys } from '../store/tables.js';

export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

export interface KeyTools {
  readonly secrets: Secrets;
  readonly rng: Rng;
  readonly region: string;
}

export interface FoundKey {
  readonly keyId: string;
  readonly key: NamedKeyRecord;
}

/** The alias of the key that encrypts where a request names none. */
export const defaultAlias = 'alias/aws/s3';

export function namedKeyArn(region: string, account: string, keyId: string): string {
  return `arn:aws:kms:${region}:${account}:key/${keyId}`;
}

export function keyAliasArn(region: string, account: string, alias: string): string {
  return `arn:aws:kms:${region}:${account}:${alias}`;
}

export function stateOf({ isEnabled, deleteAtMs }: NamedKeyRecord): KeyState {
  if (deleteAtMs !== undefined) return 'PendingDeletion';
  return isEnabled ? 'Enabled' : 'Disabled';
}

/** Id, alias, or the ARN of either, in the account. Throws NotFoundException; a key whose time has come does not exist. */
export function* requireKey(view: ReadView, account: string, reference: string, nowMs: number): Portions<FoundKey> {
  const name = /^arn:aws:kms:[a-z0-9-]+:(\d{12}):(?:key\/(.+)|(alias\/.+))$/.exec(reference);
  if (reference.startsWith('arn:') && name === null)
    throw new IamError('InvalidArnException', `Invalid arn ${reference.slice(0, 256)}`);
  const [, owner = account, id, alias] = name ?? [];
  const local = id ?? alias ?? reference;
  const keyId = local.startsWith('alias/') ? (yield* keyAliases.get(view, account, local))?.keyId : local;
  const key = keyId === undefined || owner !== account ? undefined : yield* namedKeys.get(view, account, keyId);
  if (keyId === undefined || key === undefined || isDue(key, nowMs))
    throw new IamError('NotFoundException', `Key '${reference.slice(0, 256)}' does not exist`);
  return { keyId, key };
}

export function isDue({ deleteAtMs }: NamedKeyRecord, nowMs: number): boolean {
  return deleteAtMs !== undefined && deleteAtMs <= nowMs;
}

/** Throws DisabledException and KMSInvalidStateException. */
export function requireEnabled({ key }: FoundKey, arn: string): void {
  const state = stateOf(key);
  if (state === 'Disabled') throw new IamError('DisabledException', `${arn} is disabled.`);
  if (state === 'PendingDeletion') throw new IamError('KMSInvalidStateException', `${arn} is pending deletion.`);
}

/** Fresh material as the newest version, or the only one. */
export function withNewVersion(
  { secrets, rng }: KeyTools,
  { account, keyId, nowMs, isOnDemand }: { account: string; keyId: string; nowMs: number; isOnDemand: boolean },
  versions: NamedKeyRecord['versions'] = [],
): NamedKeyRecord['versions'] {
  if (versions.length >= maxKeyVersions)
    throw new IamError('LimitExceededException', 'The key has as many versions as it can have; use a new key.');
  const number = (versions.at(-1)?.number ?? 0) + 1;
  const sealed = secrets.seal('named-key', sealName(account, keyId, number), rng.bytes(32));
  return [...versions, { number, sealed, createdAtMs: nowMs, isOnDemand }];
}

/** What the material of a version is sealed for: it opens for no other. */
export function sealName(account: string, keyId: string, version: number): string {
  return `${account}/${keyId}/${version}`;
}

/** Enters a new key; resolves with its id. */
export function createKey(
  view: IndexView,
  tools: KeyTools,
  { account, description, nowMs }: { account: string; description: string; nowMs: number },
): FoundKey {
  const keyId = createKeyId(tools.rng);
  const versions = withNewVersion(tools, { account, keyId, nowMs, isOnDemand: false });
  const common = { deleteAtMs: undefined, rotationDays: undefined };
  const key = { description, createdAtMs: nowMs, isEnabled: true, ...common, versions };
  namedKeys.put(view, key, account, keyId);
  return { keyId, key };
}

/** A random UUID (RFC 9562, version 4). */
function createKeyId(rng: Rng): string {
  const hex = Buffer.from(rng.bytes(16)).toString('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
