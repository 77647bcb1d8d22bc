// The upkeep of named keys over accounts in memory, with a clock that the test sets.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { conditionKeys } from '@cess/access';
import { Accounts, type Answer } from '@cess/accounts';
import { systemRng } from '@cess/crypto';
import { createMemoryKv } from '@cess/store';
import { testPorts } from '../test-support/test-gateway.js';
import { KeyUpkeep } from './key-upkeep.js';
import { FileKeyVault } from './key-vault.js';

const dayMs = 1000;
const { signal } = new AbortController();
const rootKeyOf = (owner: number) => ({
  accessKeyId: `ROOT${owner}`,
  secretAccessKey: 'root-secret-of-the-test',
  owner: new Uint8Array(32).fill(owner),
  ownerKey: new Uint8Array(32),
  territory: 'default',
});

let folder: string;
let nowMs: number;
let vault: FileKeyVault;
let accounts: Accounts;
let upkeep: KeyUpkeep;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cess-key-upkeep-'));
  nowMs = Date.UTC(2026, 10, 28);
  vault = new FileKeyVault(join(folder, 'named-keys'));
  vault.open();
  accounts = new Accounts({
    ...testPorts,
    rng: systemRng,
    store: createMemoryKv(),
    networkId: new Uint8Array(32),
    secret: new Uint8Array(32).fill(1),
    gateway: 'gateway-of-the-test',
    region: 'us-east-1',
    vault,
    rootKeys: [rootKeyOf(1), rootKeyOf(2)],
    dayMs,
  });
  await accounts.start();
  const timers = { ...testPorts.timers, nowMs: () => nowMs };
  upkeep = new KeyUpkeep({ ...testPorts, timers }, accounts.namedKeys, dayMs);
});
afterEach(async () => {
  await accounts.stop();
  vault.close();
  rmSync(folder, { recursive: true });
});

async function kms(owner: number, action: string, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const found = await accounts.credentials(`ROOT${owner}`, undefined, nowMs);
  assert.ok(found.ok);
  const request = { service: 'kms' as const, fields: new Map(Object.entries({ Action: action, ...fields })), nowMs };
  const keys = conditionKeys({ 'aws:SourceIp': '127.0.0.1' });
  return (await accounts.perform({ ...request, caller: found.value.caller, keys })) ?? {};
}

async function createKey(owner: number): Promise<string> {
  return String(((await kms(owner, 'CreateKey'))['KeyMetadata'] as Answer)['KeyId']);
}

const versions = async (owner: number, KeyId: string) =>
  1 + ((await kms(owner, 'ListKeyRotations', { KeyId }))['Rotations'] as unknown[]).length;

describe('the upkeep of named keys', () => {
  it('destroys a key that is due although its account is not served any more', async () => {
    const KeyId = await createKey(2);
    await kms(2, 'ScheduleKeyDeletion', { KeyId, PendingWindowInDays: '7' });
    accounts.replaceRootKeys([rootKeyOf(1)]);
    nowMs += 7 * dayMs;
    await upkeep.runRound(signal);
    accounts.replaceRootKeys([rootKeyOf(1), rootKeyOf(2)]);
    assert.deepEqual((await kms(2, 'ListKeys'))['Keys'], []);
  });

  it('sets a key aside whose vault entry is missing, and rotates the others', async () => {
    const KeyIds = [await createKey(1), await createKey(1), await createKey(2)];
    const owners = [1, 1, 2];
    for (const [at, KeyId] of KeyIds.entries())
      await kms(owners[at] ?? 0, 'EnableKeyRotation', { KeyId, RotationPeriodInDays: '90' });
    nowMs += 90 * dayMs;
    const whole = vault.find.bind(vault);
    const missing = new Set<string>();
    vault.find = (id) => {
      const name = Buffer.from(id).toString('hex');
      if (missing.size === 0) missing.add(name);
      return missing.has(name) ? undefined : whole(id);
    };
    await upkeep.runRound(signal);
    assert.deepEqual(
      upkeep.setAside.list().map(({ code }) => code),
      ['ACCOUNT_SECRET_UNREADABLE'],
    );
    const counts = await Promise.all(KeyIds.map((KeyId, at) => versions(owners[at] ?? 0, KeyId)));
    assert.deepEqual(counts.toSorted(), [1, 2, 2]);
  });

  it('keeps the newest version of a key that has as many versions as it can have', async () => {
    const KeyId = await createKey(1);
    await kms(1, 'EnableKeyRotation', { KeyId, RotationPeriodInDays: '90' });
    for (let rotation = 0; rotation < 257; rotation++) {
      nowMs += 90 * dayMs;
      await upkeep.runRound(signal);
    }
    assert.equal(await versions(1, KeyId), 256);
    assert.equal(upkeep.setAside.size, 0);
  });
});
