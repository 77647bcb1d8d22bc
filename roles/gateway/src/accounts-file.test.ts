import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { SS58_PREFIX } from '@cess/client';
import { encodeSs58 } from '@cess/crypto';
import type { ServedAccount } from '@cess/gateway';
import { CessError, noMetrics, silentLogger, systemTimers, throwFatal } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { AccountsWatch, assertServable, readAccountsFile } from './accounts-file.js';

const owner = encodeSs58(new Uint8Array(32).fill(3), SS58_PREFIX);
const entry = { credentialsFile: 'one.json', owner, ownerKey: `0x${'01'.repeat(32)}`, territory: 't' };
const secretAccessKey = 'a secret of sixteen letters';

let folder: string;
let file: string;
/** What the gateway was told to serve, oldest first. */
let served: (readonly ServedAccount[])[];
let errors: string[];
let refusal: CessError | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cess-accounts-file-'));
  file = join(folder, 'accounts.json');
  served = [];
  errors = [];
  refusal = undefined;
  for (const name of ['one', 'two']) await writeCredentials(name);
  await write([entry]);
});
afterEach(() => rm(folder, { recursive: true }));

const write = (content: unknown) => writeFile(file, JSON.stringify(content));
const writeCredentials = (name: string, secret = secretAccessKey) =>
  writeFile(join(folder, `${name}.json`), JSON.stringify({ accessKeyId: `KEY-${name}`, secretAccessKey: secret }));
const keysOf = (accounts: readonly ServedAccount[] | undefined) => accounts?.map(({ accessKeyId }) => accessKeyId);

async function watched(): Promise<AccountsWatch> {
  const logger = {
    ...silentLogger,
    error: ({ cause }: Readonly<Record<string, unknown>>) => errors.push(String(cause)),
  };
  return new AccountsWatch({
    timers: systemTimers,
    rng: { bytes: (length) => new Uint8Array(length) },
    logger,
    metrics: noMetrics,
    onFatal: throwFatal,
    file,
    configured: [],
    checkIntervalMs: 3_600_000,
    served: await readAccountsFile(file),
    gateway: {
      replaceAccounts: (accounts) => {
        if (refusal !== undefined) throw refusal;
        served.push(accounts);
      },
    },
  });
}

describe('a changed accounts file', () => {
  it('is served, and an unchanged one is not served again', async () => {
    const watch = await watched();
    await watch.reload();
    assert.equal(served.length, 0);
    await write([entry, { ...entry, credentialsFile: 'two.json', requestsPerSecond: 5 }]);
    await watch.reload();
    await watch.reload();
    assert.deepEqual(served.map(keysOf), [['KEY-one', 'KEY-two']]);
    await write([entry]);
    await watch.reload();
    assert.deepEqual(keysOf(served.at(-1)), ['KEY-one']);
  });

  it('is served when only the credentials that it names change', async () => {
    const watch = await watched();
    await writeCredentials('one', 'another secret of more letters');
    await watch.reload();
    assert.equal(served[0]?.[0]?.secretAccessKey, 'another secret of more letters');
  });

  it('keeps the accounts in use while it cannot be used, says so once, and is served when it is corrected', async () => {
    const watch = await watched();
    await writeFile(file, `[{"credentialsFile": "one.json", "own`);
    await watch.reload();
    await watch.reload();
    await write([{ ...entry, owner: 'nobody' }]);
    await watch.reload();
    await write([entry, entry]);
    await watch.reload();
    await write([]);
    await watch.reload();
    assert.equal(served.length, 0);
    assert.equal(errors.length, 4);
    await write([{ ...entry, territory: 'other' }]);
    await watch.reload();
    assert.equal(served[0]?.[0]?.territory, 'other');
  });

  it('is read at once when it is asked for', async () => {
    const watch = await watched();
    watch.start();
    await write([{ ...entry, territory: 'other' }]);
    watch.trigger();
    await eventually(() => served.length === 1, 'the file is served');
    await watch.stop();
  });

  it('is tried again after the gateway refused it', async () => {
    const watch = await watched();
    refusal = new CessError('ACCOUNT_ID_TAKEN', 'Two owners have one account id.', { account: '1' });
    await write([{ ...entry, territory: 'other' }]);
    await watch.reload();
    await watch.reload();
    assert.deepEqual([served.length, errors.length], [0, 1]);
    refusal = undefined;
    await watch.reload();
    assert.equal(served.length, 1);
  });

  it('does not show secrets of a damaged credentials file', async () => {
    const watch = await watched();
    await writeFile(join(folder, 'one.json'), secretAccessKey);
    await watch.reload();
    assert.equal(errors.length, 1);
    assert.ok(!errors[0]?.includes('secret of'));
  });
});

describe('accounts', () => {
  it('are refused if two have one access key, or there are none', async () => {
    const [one] = await readAccountsFile(file);
    assert.ok(one !== undefined);
    assert.doesNotThrow(() => assertServable([one]));
    assert.throws(() => assertServable([one, one]), { code: 'CONFIG_INVALID' });
    assert.throws(() => assertServable([]), { code: 'CONFIG_INVALID' });
  });
});
