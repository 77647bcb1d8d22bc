import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import { CliContext } from '../context.js';
import { ownerKeyFile, ownerSeed } from '../owner-key.js';
import { captureOutput } from '../test-support/capture-output.js';
import { backupKey, newKey, restoreKey } from './key.js';

const refusedWith = (code: Parameters<typeof isCessError>[1]) => (error: unknown) => isCessError(error, code);

describe('restoring the key of an owner from its backup', () => {
  let folder: string;
  let backup: string;
  let original: CliContext;
  const contextOf = (name: string) => new CliContext({ home: join(folder, name) });
  const quietly = (command: () => Promise<void>) => captureOutput(command);

  beforeEach(async () => {
    process.env['CESS_PASSPHRASE'] = 'correct horse battery';
    folder = mkdtempSync(join(tmpdir(), 'cess-key-'));
    backup = join(folder, 'backup.json');
    original = contextOf('original');
    await quietly(() => newKey(original, 'owner', ownerKeyFile(original.home), true));
    await quietly(() => backupKey(original, backup));
  });

  afterEach(() => {
    delete process.env['CESS_PASSPHRASE'];
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives a home without a key the same key, sealed and readable by its user alone', async () => {
    const home = contextOf('new');
    const { stdout } = await captureOutput(() => restoreKey(home, backup, false));
    assert.deepEqual(await ownerSeed(home.home), await ownerSeed(original.home));
    const file = ownerKeyFile(home.home);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.doesNotMatch(readFileSync(file, 'utf8'), /plaintext/);
    assert.match(stdout, /address/);
  });

  it('writes a plaintext key for the embedded network when asked to', async () => {
    const home = contextOf('new');
    await quietly(() => restoreKey(home, backup, true));
    assert.match(readFileSync(ownerKeyFile(home.home), 'utf8'), /plaintext-development-only/);
    assert.deepEqual(await ownerSeed(home.home), await ownerSeed(original.home));
  });

  it('never overwrites a key', async () => {
    const key = readFileSync(ownerKeyFile(original.home), 'utf8');
    await assert.rejects(restoreKey(original, backup, false), refusedWith('FILE_EXISTS'));
    assert.equal(readFileSync(ownerKeyFile(original.home), 'utf8'), key);
  });

  it('writes nothing when the passphrase is wrong, or the backup is missing or of another purpose', async () => {
    const home = contextOf('new');
    const gateway = join(folder, 'gateway.json');
    await quietly(() => newKey(home, 'gateway', gateway, false));
    await assert.rejects(restoreKey(home, gateway, false), refusedWith('KEY_FILE_PURPOSE'));
    await assert.rejects(restoreKey(home, join(folder, 'none.json'), false), refusedWith('KEY_BACKUP_UNREADABLE'));
    process.env['CESS_PASSPHRASE'] = 'another passphrase';
    await assert.rejects(restoreKey(home, backup, false), refusedWith('KEY_FILE_PASSPHRASE'));
    assert.ok(!existsSync(ownerKeyFile(home.home)));
  });
});
