// The records of the account store and their bytes: a version byte, then the fields in SCALE (ADR 25). To change a record, raise
// its version and keep reading the older one.
import {
  bool,
  bytes,
  fixedBytes,
  option,
  type Static,
  safeInteger as size,
  str,
  struct,
  u32,
  vec,
  versionedRecord,
} from '@cess/codec';

/** Unix milliseconds. */
const time = size;
/** Names of entities, also of policies (their ARNs). A quota of this package bounds each list. */
const names = vec(str, { max: 1024 });

/** An access key or MFA device belongs to a user, or to the root of the account. */
const holderFields = { accessKeys: names, devices: names };

const counts = struct({ users: u32, groups: u32, roles: u32, policies: u32, devices: u32 });
export type Counts = Static<typeof counts>;

export const accountRecord = versionedRecord({
  name: 'account',
  version: 1,
  codec: struct({
    /** Of the root; those of the configuration are not among them. */
    ...holderFields,
    counts,
  }),
});
export type AccountRecord = Static<typeof accountRecord>;

const inlinePolicy = struct({ name: str, document: str });
export type InlinePolicy = Static<typeof inlinePolicy>;

const identityFields = {
  /** As it was written; names are compared without case. */
  name: str,
  path: str,
  id: str,
  createdAtMs: time,
  inline: vec(inlinePolicy, { max: 1024 }),
  /** ARNs of managed policies. */
  attached: names,
};

export const userRecord = versionedRecord({
  name: 'user',
  version: 1,
  codec: struct({ ...identityFields, ...holderFields, groups: names, boundary: option(str) }),
});
export type UserRecord = Static<typeof userRecord>;

export const groupRecord = versionedRecord({ name: 'group', version: 1, codec: struct(identityFields) });
export type GroupRecord = Static<typeof groupRecord>;

export const roleRecord = versionedRecord({
  name: 'role',
  version: 1,
  codec: struct({
    ...identityFields,
    boundary: option(str),
    /** The trust policy. */
    trust: str,
    description: str,
    maxSessionSeconds: u32,
  }),
});
export type RoleRecord = Static<typeof roleRecord>;

export const managedPolicyRecord = versionedRecord({
  name: 'managed policy',
  version: 1,
  codec: struct({
    name: str,
    path: str,
    id: str,
    description: str,
    createdAtMs: time,
    updatedAtMs: time,
    defaultVersion: u32,
    nextVersion: u32,
    versions: vec(struct({ number: u32, document: str, createdAtMs: time }), { max: 16 }),
  }),
});
export type ManagedPolicyRecord = Static<typeof managedPolicyRecord>;

export const accessKeyRecord = versionedRecord({
  name: 'access key',
  version: 1,
  codec: struct({
    account: str,
    /** None: of the root. */
    user: option(str),
    sealedSecret: bytes({ max: 1024 }),
    isActive: bool,
    createdAtMs: time,
  }),
});
export type AccessKeyRecord = Static<typeof accessKeyRecord>;

export const keyUseRecord = versionedRecord({
  name: 'use of an access key',
  version: 1,
  codec: struct({ atMs: time, service: str, region: str }),
});
export type KeyUseRecord = Static<typeof keyUseRecord>;

export const deviceRecord = versionedRecord({
  name: 'MFA device',
  version: 1,
  codec: struct({
    name: str,
    path: str,
    sealedSeed: bytes({ max: 1024 }),
    /** `enabled` with the user; none of the users: the root. */
    enabled: option(struct({ user: option(str), atMs: time })),
    /** The time step of the newest code that was accepted: no code of it or of an earlier one is accepted again. */
    lastStep: size,
  }),
});
export type DeviceRecord = Static<typeof deviceRecord>;

/** Amazon's limit of rotations on demand is 25, and one a year comes by itself. */
export const maxKeyVersions = 256;

export const namedKeyRecord = versionedRecord({
  name: 'named key',
  version: 1,
  codec: struct({
    description: str,
    createdAtMs: time,
    /** The entry of the vault without which no version opens. */
    vaultId: fixedBytes(16),
    isEnabled: bool,
    /** When the key and all its material are removed, if that is scheduled. */
    deleteAtMs: option(time),
    /** Between two rotations that come by themselves, if they are on. */
    rotationDays: option(u32),
    /** The newest is last: writes use it, reads use the one that they name. */
    versions: vec(struct({ number: u32, sealed: bytes({ max: 1024 }), createdAtMs: time, isOnDemand: bool }), {
      max: maxKeyVersions,
    }),
  }),
});
export type NamedKeyRecord = Static<typeof namedKeyRecord>;

export const keyAliasRecord = versionedRecord({
  name: 'alias of a named key',
  version: 1,
  codec: struct({ keyId: str, createdAtMs: time, updatedAtMs: time }),
});
export type KeyAliasRecord = Static<typeof keyAliasRecord>;
