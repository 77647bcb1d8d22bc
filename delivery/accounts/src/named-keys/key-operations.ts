// Operations of the KMS API on named keys: the symmetric ones that encrypt objects (AWS KMS API Reference, 2014-11-01).
import type { Portions, ReadView } from '@cess/object-index';
import { accountOf, anySubject } from '../api/entities.js';
import type { Answer, Call, Operations, Subject } from '../api/operation.js';
import { rules } from '../api/params.js';
import { IamError } from '../iam-error.js';
import { quotas } from '../quotas.js';
import { namedKeys } from '../store/tables.js';
import { keyPage } from './key-pages.js';
import { createKey, type FoundKey, namedKeyArn, requireKey, stateOf } from './key-record.js';

export const namedKeyOperations: Operations = {
  CreateKey: {
    subject: anySubject,
    *change(call, view) {
      const { params, nowMs, services } = call;
      for (const name of ['Policy', 'CustomKeyStoreId', 'XksKeyId']) if (params.has(name)) throw unsupported(name);
      params.oneOf('KeyUsage', ['ENCRYPT_DECRYPT'], 'ENCRYPT_DECRYPT');
      params.oneOf('KeySpec', ['SYMMETRIC_DEFAULT'], 'SYMMETRIC_DEFAULT');
      params.oneOf('CustomerMasterKeySpec', ['SYMMETRIC_DEFAULT'], 'SYMMETRIC_DEFAULT');
      params.oneOf('Origin', ['AWS_KMS'], 'AWS_KMS');
      params.oneOf('MultiRegion', ['false'], 'false');
      const account = accountOf(call);
      const limit = quotas.namedKeys;
      const existing = yield* namedKeys.page(view, [account], { after: undefined, limit });
      if (existing.length >= limit)
        throw new IamError('LimitExceededException', `An account has at most ${limit} keys.`);
      const description = params.optional('Description', rules.keyDescription) ?? '';
      return { KeyMetadata: metadataOf(call, createKey(view, services, { account, description, nowMs })) };
    },
  },
  DescribeKey: {
    subject: oneKey,
    *read(call, view) {
      return { KeyMetadata: metadataOf(call, yield* keyOf(call, view)) };
    },
  },
  ListKeys: {
    subject: anySubject,
    *read(call, view) {
      const account = accountOf(call);
      return yield* keyPage(call, 'Keys', { view, table: namedKeys, account }, ({ name }) => ({
        KeyId: name,
        KeyArn: namedKeyArn(call.services.region, account, name),
      }));
    },
  },
  EnableKey: { subject: oneKey, change: (call, view) => setEnabled(call, view, true) },
  DisableKey: { subject: oneKey, change: (call, view) => setEnabled(call, view, false) },
  UpdateKeyDescription: {
    subject: oneKey,
    *change(call, view) {
      const { keyId, key } = yield* keyOf(call, view);
      const description = call.params.required('Description', rules.keyDescription);
      namedKeys.put(view, { ...key, description }, accountOf(call), keyId);
    },
  },
  ScheduleKeyDeletion: {
    subject: oneKey,
    *change(call, view) {
      const found = yield* keyOf(call, view);
      requireNotPending(call, found);
      const days = call.params.integer('PendingWindowInDays', { min: 7, max: 30, absent: 30 });
      const deleteAtMs = call.nowMs + days * call.services.dayMs;
      namedKeys.put(view, { ...found.key, isEnabled: false, deleteAtMs }, accountOf(call), found.keyId);
      return {
        KeyId: arnOf(call, found),
        DeletionDate: new Date(deleteAtMs),
        KeyState: 'PendingDeletion',
        PendingWindowInDays: days,
      };
    },
  },
  CancelKeyDeletion: {
    subject: oneKey,
    *change(call, view) {
      const found = yield* keyOf(call, view);
      if (found.key.deleteAtMs === undefined)
        throw new IamError('KMSInvalidStateException', `${arnOf(call, found)} is not pending deletion.`);
      namedKeys.put(view, { ...found.key, deleteAtMs: undefined }, accountOf(call), found.keyId);
      return { KeyId: arnOf(call, found) };
    },
  },
};

export function arnOf(call: Call, { keyId }: Pick<FoundKey, 'keyId'>): string {
  return namedKeyArn(call.services.region, accountOf(call), keyId);
}

/** The key that a request names. */
export function* oneKey(call: Call, view: ReadView): Portions<Subject> {
  return { arn: arnOf(call, yield* keyOf(call, view)) };
}

export function* keyOf(call: Call, view: ReadView, parameter = 'KeyId'): Portions<FoundKey> {
  return yield* requireKey(view, accountOf(call), call.params.required(parameter, rules.keyReference), call.nowMs);
}

export function requireNotPending(call: Call, found: FoundKey): void {
  if (found.key.deleteAtMs === undefined) return;
  throw new IamError('KMSInvalidStateException', `${arnOf(call, found)} is pending deletion.`);
}

function* setEnabled(
  call: Call,
  view: Parameters<NonNullable<Operations[string]['change']>>[1],
  isEnabled: boolean,
): Portions {
  const found = yield* keyOf(call, view);
  requireNotPending(call, found);
  namedKeys.put(view, { ...found.key, isEnabled }, accountOf(call), found.keyId);
}

function metadataOf(call: Call, found: FoundKey): Answer {
  const { keyId, key } = found;
  const state = stateOf(key);
  return {
    AWSAccountId: accountOf(call),
    KeyId: keyId,
    Arn: arnOf(call, found),
    CreationDate: new Date(key.createdAtMs),
    Enabled: state === 'Enabled',
    Description: key.description,
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: state,
    DeletionDate: key.deleteAtMs === undefined ? undefined : new Date(key.deleteAtMs),
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
  };
}

function unsupported(parameter: string): IamError {
  return new IamError('UnsupportedOperationException', `This gateway does not offer ${parameter}.`);
}
