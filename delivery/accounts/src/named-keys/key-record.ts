// Named keys in the account store (ADR 64): their names, states and material.
import type { IndexView, Portions, ReadView } from '@cess/object-index';
import { CessError, type Rng } from '@cess/primitives';
import { IamError } from '../iam-error.js';
import { maxKeyVersions, type NamedKeyRecord } from '../store/records.js';
import type { Secrets } from '../store/secrets.js';
import { keyAliases, namedKeys } from '../store/tables.js';
import type { KeyVault } from './key-vault.js';

export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

export interface KeyTools {
  readonly secrets: Secrets;
  readonly rng: Rng;
  readonly region: string;
  readonly vault: KeyVault;
  /** Length of a day of waiting times and rotations. */
  readonly dayMs: number;
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

/** The key with fresh material as its newest version. */
export function withNewVersion(
  tools: KeyTools,
  { keyId, key }: FoundKey,
  { account, nowMs, isOnDemand }: { readonly account: string; readonly nowMs: number; readonly isOnDemand: boolean },
): NamedKeyRecord {
  const { versions } = key;
  if (versions.length >= maxKeyVersions)
    throw new IamError('LimitExceededException', 'The key has as many versions as it can have; use a new key.');
  const number = (versions.at(-1)?.number ?? 0) + 1;
  const use = { secondSecret: vaultSecret(tools, key) };
  const sealed = tools.secrets.seal(use, sealName(account, keyId, number), tools.rng.bytes(32));
  return { ...key, versions: [...versions, { number, sealed, createdAtMs: nowMs, isOnDemand }] };
}

/** The material of a version, 32 bytes; undefined for a version that the key does not have. Throws `ACCOUNT_SECRET_UNREADABLE`. */
export function materialOf(
  tools: KeyTools,
  account: string,
  { keyId, key }: FoundKey,
  version: number,
): Uint8Array | undefined {
  const found = key.versions.find(({ number }) => number === version);
  if (found === undefined) return undefined;
  return tools.secrets.open({ secondSecret: vaultSecret(tools, key) }, sealName(account, keyId, version), found.sealed);
}

function vaultSecret({ vault }: KeyTools, { vaultId }: Pick<NamedKeyRecord, 'vaultId'>): Uint8Array {
  const secret = vault.find(vaultId);
  if (secret !== undefined) return secret;
  throw new CessError(
    'ACCOUNT_SECRET_UNREADABLE',
    'The vault of named keys has no entry for a key; restore the data folder of the gateway as a whole.',
  );
}

/** What the material of a version is sealed for: it opens for no other. */
function sealName(account: string, keyId: string, version: number): string {
  return `${account}/${keyId}/${version}`;
}

/** Enters a new key. Its entry in the vault is written first: after a crash between the two, the entry is without use. */
export function createKey(
  view: IndexView,
  tools: KeyTools,
  { account, description, nowMs }: { account: string; description: string; nowMs: number },
): FoundKey {
  const keyId = createKeyId(tools.rng);
  const { id: vaultId } = tools.vault.create();
  const state = { isEnabled: true, deleteAtMs: undefined, rotationDays: undefined };
  const empty = { description, createdAtMs: nowMs, vaultId, ...state, versions: [] };
  const key = withNewVersion(tools, { keyId, key: empty }, { account, nowMs, isOnDemand: false });
  namedKeys.put(view, key, account, keyId);
  return { keyId, key };
}

/** A random UUID (RFC 9562, version 4). */
function createKeyId(rng: Rng): string {
  const hex = Buffer.from(rng.bytes(16)).toString('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
