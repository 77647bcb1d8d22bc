// Operations of the KMS API on the rotation of named keys. Older material stays, so that what it protects can be read.
import { accountOf } from '../api/entities.js';
import type { Call, Operations } from '../api/operation.js';
import { IamError } from '../iam-error.js';
import { quotas } from '../quotas.js';
import type { NamedKeyRecord } from '../store/records.js';
import { namedKeys } from '../store/tables.js';
import { arnOf, keyOf, oneKey, requireNotPending } from './key-operations.js';
import { requireEnabled, withNewVersion } from './key-record.js';

export const keyRotationOperations: Operations = {
  EnableKeyRotation: {
    subject: oneKey,
    *change(call, view) {
      const found = yield* keyOf(call, view);
      requireEnabled(found, arnOf(call, found));
      const rotationDays = call.params.integer('RotationPeriodInDays', { min: 90, max: 2560, absent: 365 });
      namedKeys.put(view, { ...found.key, rotationDays }, accountOf(call), found.keyId);
    },
  },
  DisableKeyRotation: {
    subject: oneKey,
    *change(call, view) {
      const found = yield* keyOf(call, view);
      requireNotPending(call, found);
      namedKeys.put(view, { ...found.key, rotationDays: undefined }, accountOf(call), found.keyId);
    },
  },
  GetKeyRotationStatus: {
    subject: oneKey,
    *read(call, view) {
      const found = yield* keyOf(call, view);
      const { rotationDays } = found.key;
      return {
        KeyId: arnOf(call, found),
        KeyRotationEnabled: rotationDays !== undefined,
        RotationPeriodInDays: rotationDays,
        NextRotationDate: rotationDays === undefined ? undefined : nextRotation(call, found.key, rotationDays),
      };
    },
  },
  RotateKeyOnDemand: {
    subject: oneKey,
    *change(call, view) {
      const found = yield* keyOf(call, view);
      requireEnabled(found, arnOf(call, found));
      const { keyId, key } = found;
      const limit = quotas.rotationsOnDemand;
      if (key.versions.filter(({ isOnDemand }) => isOnDemand).length >= limit)
        throw new IamError('LimitExceededException', `A key is rotated on demand at most ${limit} times.`);
      const account = accountOf(call);
      const rotated = withNewVersion(call.services, found, { account, nowMs: call.nowMs, isOnDemand: true });
      namedKeys.put(view, rotated, account, keyId);
      return { KeyId: arnOf(call, found) };
    },
  },
  ListKeyRotations: {
    subject: oneKey,
    *read(call, view) {
      const found = yield* keyOf(call, view);
      // The first version came with the key.
      const rotations = found.key.versions.slice(1).map(({ createdAtMs, isOnDemand }) => ({
        KeyId: arnOf(call, found),
        RotationDate: new Date(createdAtMs),
        RotationType: isOnDemand ? 'ON_DEMAND' : 'AUTOMATIC',
      }));
      return { Rotations: rotations, Truncated: false };
    },
  },
};

function nextRotation({ nowMs, services }: Call, { versions }: NamedKeyRecord, rotationDays: number): Date {
  return new Date(Math.max(nowMs, (versions.at(-1)?.createdAtMs ?? nowMs) + rotationDays * services.dayMs));
}
