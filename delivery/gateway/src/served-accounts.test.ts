// Accounts that are added, limited and removed while the gateway runs.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { accountIdOf } from '@cess/access';
import { type AuditEntry, readAuditLog } from '@cess/audit-log';
import { x25519PairFromSecret } from '@cess/crypto';
import { CessError, isCessError } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import type { ServedAccount } from './served-account.js';
import { ServedAccounts } from './served-accounts.js';
import { admin } from './test-support/admin-client.js';
import { credentialsOf, type QueryCredentials, query } from './test-support/query-client.js';
import { refuses, sdkClient } from './test-support/sdk-client.js';
import {
  foreignCredentials,
  foreignOwner,
  startTestGateway,
  type TestGateway,
  testCredentials,
  testOwner,
} from './test-support/test-gateway.js';

const { publicKey: ownerKey } = x25519PairFromSecret(new Uint8Array(32).fill(8));
const own: ServedAccount = { ...testCredentials, owner: testOwner, ownerKey, territory: 'default' };
const foreign: ServedAccount = { ...foreignCredentials, owner: foreignOwner, ownerKey, territory: 'foreign' };
const object = { Bucket: 'of-foreign', Key: 'k' };

const auditDir = mkdtempSync(join(tmpdir(), 'cess-audit-'));
let test: TestGateway;
before(async () => {
  test = await startTestGateway({ auditDir });
});
after(async () => {
  await test.stop();
  rmSync(auditDir, { recursive: true });
});

const client = (credentials: QueryCredentials) => sdkClient(test, { credentials });
const list = (credentials: QueryCredentials) => client(credentials).send(new ListBucketsCommand({}));
const put = () => client(foreignCredentials).send(new PutObjectCommand({ ...object, Body: 'content' }));
const unknownKey = (credentials: QueryCredentials) => refuses('InvalidAccessKeyId', 403, list(credentials));

describe('an account of a running gateway', () => {
  it('is served from the next request on, with the space of its territory', async () => {
    await unknownKey(foreignCredentials);
    test.gateway.replaceAccounts([own, foreign]);
    await client(foreignCredentials).send(new CreateBucketCommand({ Bucket: object.Bucket }));
    await eventually(
      () =>
        put().then(
          () => true,
          () => false,
        ),
      'the territory has space',
    );
    await list(testCredentials);
  });

  it('is limited by the next request', async () => {
    test.gateway.replaceAccounts([own, { ...foreign, requestsPerSecond: 0.001 }]);
    await list(foreignCredentials);
    await refuses('SlowDown', 503, list(foreignCredentials));
    await list(testCredentials);
    test.gateway.replaceAccounts([own, foreign]);
    await list(foreignCredentials);
  });

  it('is refused with its users after it is removed, and has its buckets when it is added again', async () => {
    const Version = '2010-05-08';
    await query(test, { Action: 'CreateUser', Version, UserName: 'una' }, { credentials: foreignCredentials });
    const key = await query(
      test,
      { Action: 'CreateAccessKey', Version, UserName: 'una' },
      { credentials: foreignCredentials },
    );
    const una = credentialsOf(key);
    await refuses('AccessDenied', 403, list(una));
    test.gateway.replaceAccounts([own]);
    await unknownKey(foreignCredentials);
    await unknownKey(una);
    test.gateway.replaceAccounts([own, foreign]);
    const { Body } = await client(foreignCredentials).send(new GetObjectCommand(object));
    assert.equal(await Body?.transformToString(), 'content');
    await refuses('AccessDenied', 403, list(una));
  });

  it('signs with its new secret only, after the secret is replaced', async () => {
    const secretAccessKey = 'another-secret-of-the-account';
    test.gateway.replaceAccounts([own, { ...foreign, secretAccessKey }]);
    await refuses('SignatureDoesNotMatch', 403, list(foreignCredentials));
    await list({ ...foreignCredentials, secretAccessKey });
  });
});

describe('the audit log', () => {
  const ofOperator = async () => {
    const found: AuditEntry[] = [];
    for await (const { entry } of readAuditLog(auditDir)) if (entry.principal === 'operator') found.push(entry);
    return found;
  };

  it('STORE-6: has the accounts that the gateway started with, and each that is added, limited, changed or removed', async () => {
    test.gateway.replaceAccounts([own]);
    const from = await eventually(async () => {
      const found = await ofOperator();
      return found.at(-1)?.operation === 'operator:RemoveAccount' ? found.length : undefined;
    }, 'the account is removed');
    test.gateway.replaceAccounts([own, foreign]);
    test.gateway.replaceAccounts([own, { ...foreign, bytesPerSecond: 1_000_000 }]);
    test.gateway.replaceAccounts([own, { ...foreign, secretAccessKey: 'the newest secret of the account' }]);
    test.gateway.replaceAccounts([own]);
    const entries = await eventually(async () => {
      const found = await ofOperator();
      return found.length >= from + 5 ? found : undefined;
    }, 'the changes are in the log');
    const [started] = entries;
    assert.deepEqual(
      [started?.operation, started?.accessKeyId, started?.status],
      ['operator:ServeAccount', testCredentials.accessKeyId, 200],
    );
    assert.deepEqual(
      entries.slice(-5).map(({ operation }) => operation),
      [
        'operator:AddAccount',
        'operator:LimitAccount',
        'operator:ChangeAccount',
        'operator:LimitAccount',
        'operator:RemoveAccount',
      ],
    );
    for (const { accessKeyId, key } of entries.slice(-5))
      assert.deepEqual(
        [accessKeyId, key],
        [foreignCredentials.accessKeyId, `arn:aws:iam::${accountIdOf(foreignOwner)}:root`],
      );
    const text = JSON.stringify(entries);
    for (const secret of [foreignCredentials.secretAccessKey, 'the newest secret']) assert.ok(!text.includes(secret));
  });

  it('shows an account what the operator did to it, and not what it did to others', async () => {
    const entriesOf = async (credentials: QueryCredentials) => {
      const { json } = await admin(test, 'GET', '/audit', { query: { limit: '1000' }, credentials });
      return (json['entries'] as { operation: string; accessKeyId: string }[]).filter(({ operation }) =>
        operation.startsWith('operator:'),
      );
    };
    test.gateway.replaceAccounts([own, foreign]);
    const seen = await eventually(async () => {
      const found = await entriesOf(foreignCredentials);
      return found.at(-1)?.operation === 'operator:AddAccount' ? found : undefined;
    }, 'the account sees that it was added');
    assert.ok(seen.every(({ accessKeyId }) => accessKeyId === foreignCredentials.accessKeyId));
    const [started] = await entriesOf(testCredentials);
    assert.equal(started?.operation, 'operator:ServeAccount');
  });
});

describe('accounts that cannot be served together', () => {
  it('change nothing', () => {
    const taken = new CessError('ACCOUNT_ID_TAKEN', 'taken', { account: '1' });
    const served = new ServedAccounts(
      {
        accounts: {
          replaceRootKeys: () => {
            throw taken;
          },
        },
        limits: { replace: () => assert.fail('limits change') },
        quota: { add: () => assert.fail('territories change') },
        declarer: { openAddedTerritories: () => assert.fail('territories change') },
        audit: { observeAccounts: () => assert.fail('the log tells of a change') },
      },
      [own],
    );
    assert.throws(
      () => served.replace([own, foreign]),
      (error) => isCessError(error, 'ACCOUNT_ID_TAKEN'),
    );
    assert.deepEqual(served.current, [own]);
  });
});
