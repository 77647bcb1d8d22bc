// The `cess` command against a running network.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { VerifiedReceipt } from '@cess/object-receipt';
import { eventually } from '@cess/primitives/testing';
import { repository, TestNetwork } from './support/network.js';
import { StoredObjects } from './support/objects.js';

interface Account {
  readonly address: string;
  readonly free: string;
  readonly nonce: number;
}
interface Provider {
  readonly index: number;
  readonly state: string;
  readonly account: string;
  readonly staked: string;
}
interface Territory {
  readonly name: string;
  readonly state: string;
  readonly total: number;
  readonly used: number;
  readonly locked: number;
  readonly remaining: number;
}

interface VerifiedJson {
  readonly comparison: { readonly size: number; readonly provenBytes: number; readonly stated: readonly string[] };
}

describe('the cess command', () => {
  let network: TestNetwork;
  const folder = mkdtempSync(join(tmpdir(), 'cess-cli-'));
  before(async () => {
    network = await TestNetwork.create({ environment: { CESS_PASSPHRASE: 'correct horse battery' } });
    await network.start();
  });
  after(async () => {
    await network.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  it('lists 16 registered providers with their stake', async () => {
    const providers = (await network.cess('provider', 'list')) as Provider[];
    assert.equal(providers.length, 16);
    for (const { state, staked } of providers) {
      assert.equal(state, 'Positive');
      assert.equal(BigInt(staked), 4000n * 10n ** 18n);
    }
  });

  it('IFACE-1: console prints the address and opens it, and says where no program can', {
    skip: process.platform === 'linux' ? false : 'only on Linux the program is found by PATH',
  }, async () => {
    assert.deepEqual(await network.cess('console'), { console: network.console });
    const { PATH } = process.env;
    const opened = join(folder, 'opened');
    writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\necho "$1" > '${opened}'\n`, { mode: 0o755 });
    try {
      process.env['PATH'] = `${folder}:${PATH}`;
      await network.cessText('console', '--open');
      await eventually(
        () => existsSync(opened) && readFileSync(opened, 'utf8') === `${network.console}\n`,
        'it is open',
      );
      process.env['PATH'] = join(folder, 'none');
      await assert.rejects(network.cessText('console', '--open'), /BROWSER_UNAVAILABLE/);
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('IFACE-1: doctor finds nothing wrong with a network that runs, and what is wrong with one that does not', async () => {
    const sound = (await network.cess('doctor')) as {
      problems: number;
      findings: { check: string; verdict: string }[];
    };
    assert.deepEqual(
      sound.findings.filter(({ verdict }) => verdict === 'problem'),
      [],
    );
    const wellParts = sound.findings.filter(({ verdict }) => verdict === 'ok').map(({ check }) => check);
    for (const check of ['network', 'chain RPC', 'finality', 'clock', 'S3 gateway', 'providers', 'territory default'])
      assert.ok(wellParts.includes(check), `${check}: ${JSON.stringify(sound.findings)}`);
    const credentials = join(network.home, 'credentials.json');
    const before = readFileSync(credentials, 'utf8');
    try {
      const wrong = { ...(JSON.parse(before) as object), secretAccessKey: 'x'.repeat(40) };
      writeFileSync(credentials, JSON.stringify(wrong), { mode: 0o600 });
      await assert.rejects(network.cessText('doctor'), (failed: { code: number; stdout: string }) => {
        assert.equal(failed.code, 1);
        assert.match(failed.stdout, /PROBLEM\s+S3 gateway .*SignatureDoesNotMatch/);
        return true;
      });
    } finally {
      writeFileSync(credentials, before, { mode: 0o600 });
    }
  });

  it('IFACE-1: bash completes commands by the script that the command prints', async () => {
    const script = `cess() { "$NODE" "$ENTRY" "$@"; }
      source <(cess completion bash)
      COMP_WORDS=(cess territory ex); COMP_CWORD=2; _cess; echo "\${COMPREPLY[*]}"
      COMP_WORDS=(cess file show --ver); COMP_CWORD=3; _cess; echo "\${COMPREPLY[*]}"`;
    const entry = join(repository, 'interface', 'cli', 'bin', 'cess.mjs');
    const { stdout } = await promisify(execFile)('bash', ['-c', script], {
      env: { ...process.env, NODE: process.execPath, ENTRY: entry },
    });
    assert.equal(stdout, 'expand\n--verify --version\n');
  });

  it('exits with 2 where the command line is wrong', async () => {
    for (const args of [['nonsense'], ['file', 'show'], ['file', 'list', '--limit', '-1'], ['gateway']])
      await assert.rejects(network.cessText(...args), { code: 2 }, args.join(' '));
  });

  it('transfers CESS, and both accounts show it', async () => {
    const [receiver] = (await network.cess('provider', 'list')) as Provider[];
    const ownBefore = (await network.cess('account', 'show')) as Account;
    const before = (await network.cess('account', 'show', receiver!.account)) as Account;
    const done = await network.cess('account', 'transfer', receiver!.account, '12.5');
    assert.deepEqual(done, { to: receiver!.account, amount: `${125n * 10n ** 17n}` });
    const after = (await network.cess('account', 'show', receiver!.account)) as Account;
    const own = (await network.cess('account', 'show')) as Account;
    const sent = 125n * 10n ** 17n;
    assert.equal(BigInt(after.free) - BigInt(before.free), sent);
    assert.equal(own.nonce, ownBefore.nonce + 1);
    assert.ok(BigInt(ownBefore.free) - BigInt(own.free) >= sent);
  });

  it('refuses a transfer that the chain refuses, with the reason', async () => {
    const [receiver] = (await network.cess('provider', 'list')) as Provider[];
    await assert.rejects(
      network.cessText('account', 'transfer', receiver!.account, '999999999999'),
      /CHAIN_(DISPATCH_FAILED|CALL_INVALID)/,
    );
    await assert.rejects(network.cessText('account', 'transfer', 'not-an-address', '1'), /ADDRESS_MALFORMED/);
    await assert.rejects(network.cessText('account', 'transfer', receiver!.account, '1e3'), /AMOUNT_MALFORMED/);
  });

  it('STORE-9: shows the territory, leases another, expands and renews it', async () => {
    const [first] = (await network.cess('territory', 'list')) as Territory[];
    assert.equal(first!.total, first!.used + first!.locked + first!.remaining);
    const minted = await network.cess('territory', 'mint', 'second', '1', '30');
    assert.deepEqual(minted, { territory: 'second', gib: 1, days: 30 });
    await network.cess('territory', 'expand', 'second', '1');
    await network.cess('territory', 'renew', 'second', '30');
    const territories = (await network.cess('territory', 'list')) as Territory[];
    const second = territories.find(({ name }) => name === 'second');
    assert.equal(second!.state, 'Active');
    assert.equal(second!.total, 2 * 2 ** 30);
    await assert.rejects(network.cessText('territory', 'mint', 'second', '1', '30'), /StorageHandler\.DuplicateName/);
    await assert.rejects(network.cessText('territory', 'mint', 'third', '1', '3'), /StorageHandler\.TermTooShort/);
  });

  it('lists every file of the owner, or a part that says that more exist', async () => {
    const objects = new StoredObjects(network.credentials, 'listed');
    await objects.createBucket();
    for (const key of ['a', 'b', 'c']) await objects.put(key, 150_000);
    const files = await eventually(async () => {
      const found = (await network.cess('file', 'list')) as { file: string }[];
      return found.length === 3 && found;
    }, 'three files are listed');
    const [first, ...rest] = files;
    const cut = await network.cessText('--json', 'file', 'list', '--limit', '1');
    assert.deepEqual(JSON.parse(cut.stdout), [first]);
    assert.match(cut.stderr, new RegExp(`More rows exist.*--after ${first!.file}`));
    assert.deepEqual(await network.cess('file', 'list', '--after', first!.file), rest);
  });

  it('STORE-13: fetches the receipt of an object, verifies it offline, and refuses any other', async () => {
    const [receipt, object, spec] = ['receipt.json', 'object', 'chain-spec.json'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await network.cessText('receipt', 'get', 's3://listed/a', '--stream-keys', '--output', receipt);
    await assert.rejects(network.cessText('receipt', 'get', 's3://listed/none'), /NoSuchKey.*GATEWAY_REFUSED/);
    const shown = (await network.cess('receipt', 'show', 's3://listed/a')) as VerifiedReceipt;
    assert.equal(shown.statement.files[0]!.streams[0]!.key, null);
    const [file] = shown.chain.files;
    assert.equal(file!.segments[0]!.fragments.filter(({ provider }) => provider !== null).length, 12);
    assert.deepEqual([file!.authorizesGateway, file!.territory], [true, 'default']);
    assert.match((await network.cessText('receipt', 'show', receipt)).stdout, /any 4 of 12 fragments/);
    // From here on without the network: the chain spec is all that a verifier has.
    copyFileSync(join(network.home, 'chain-spec.json'), spec);
    const verify = (path: string, ...options: string[]) =>
      network.cess('--home', join(folder, 'none'), '--rpc', 'ws://127.0.0.1:1', 'receipt', 'verify', path, ...options);
    const { client } = new StoredObjects(network.credentials, 'listed');
    const stored = await client.send(new GetObjectCommand({ Bucket: 'listed', Key: 'a' }));
    const bytes = await stored.Body!.transformToByteArray();
    writeFileSync(object, bytes);
    const verified = (await verify(receipt, '--spec', spec, '--object', object)) as VerifiedJson;
    assert.deepEqual(verified.comparison, { size: 150_000, provenBytes: 150_000, stated: ['ETag'] });
    writeFileSync(
      object,
      bytes.map((byte, at) => (at === 10_000 ? byte ^ 1 : byte)),
    );
    await assert.rejects(verify(receipt, '--spec', spec, '--object', object), /OBJECT_RECEIPT_OBJECT_MISMATCH/);
    await assert.rejects(verify(receipt, '--spec', spec, '--genesis', '11'.repeat(32)), /OBJECT_RECEIPT_WRONG_CHAIN/);
    await assert.rejects(verify(receipt, '--authority', '11'.repeat(32)), /OBJECT_RECEIPT_FINALITY_INVALID/);
    const renamed = readFileSync(receipt, 'utf8').replace('"key": "a"', '"key": "b"');
    writeFileSync(receipt, renamed);
    await assert.rejects(verify(receipt, '--spec', spec), /OBJECT_RECEIPT_SIGNATURE_INVALID/);
  });

  it('deletes files by their ids, and all files of the owner, after a confirmation', async () => {
    const files = (await network.cess('file', 'list')) as { file: string }[];
    const [first] = files;
    await assert.rejects(network.cessText('file', 'delete'), /FILE_SELECTION_INVALID/);
    await assert.rejects(network.cessText('file', 'delete', '00'.repeat(32), '--yes'), /FILE_NOT_ON_CHAIN/);
    await assert.rejects(
      network.cessText('file', 'delete', first!.file),
      /This deletes 1 files .*FILE_DELETION_UNCONFIRMED/,
    );
    const stranger = join(folder, 'stranger');
    const strangerKey = join(stranger, 'keys', 'owner.json');
    await network.cessText('key', 'new', 'owner', strangerKey, '--plaintext-development');
    const asStranger = ['--home', stranger, '--rpc', network.rpc, 'file', 'delete', first!.file, '--yes'];
    await assert.rejects(network.cessText(...asStranger), /FILE_FOREIGN/);
    assert.deepEqual(await network.cess('file', 'list'), files);
    assert.deepEqual(await network.cess('file', 'delete', first!.file, '--yes'), { deleted: 1 });
    assert.deepEqual(await network.cess('file', 'list'), files.slice(1));
    assert.deepEqual(await network.cess('file', 'delete', '--owner-files', '--yes'), { deleted: 2 });
    assert.deepEqual(await network.cess('file', 'list'), []);
  });

  it('checks and repairs the folder of a stopped provider, not that of a running one', async () => {
    const inspect = (what: string) => network.cess('--rpc', network.rpc, 'provider', what, 'provider-03');
    await assert.rejects(inspect('check'), /KV_LOCKED/);
    await network.cessText('devnet', 'provider', 'stop', 'provider-03');
    const check = (await inspect('check')) as { sound: boolean; fragments: number; corrupt: string[]; chain: object };
    assert.deepEqual([check.sound, check.corrupt], [true, []]);
    assert.ok(check.chain !== null);
    const rpc = ['--rpc', network.rpc];
    await assert.rejects(network.cess(...rpc, 'gateway', 'check', join(network.home, 'gateway')), /KV_LOCKED/);
    const repair = (await inspect('repair')) as { readopted: number; missing: number };
    assert.deepEqual([repair.readopted, repair.missing], [0, 0]);
    await assert.rejects(network.cessText('provider', 'check', 'nowhere'), /FOLDER_NOT_FOUND/);
    await network.cessText('devnet', 'provider', 'start', 'provider-03');
  });

  it('revokes a gateway and releases the space that is locked for it', async () => {
    const [{ quotas }] = (await network.cess('territory', 'list')) as [Territory & { quotas: { gateway: string }[] }];
    const { gateway } = quotas[0]!;
    const answer = (await network.cess('gateway', 'revoke', gateway)) as { revoked: boolean; released: unknown[] };
    assert.equal(answer.revoked, true);
    assert.equal(answer.released.length, 1);
    const [after] = (await network.cess('territory', 'list')) as Territory[];
    assert.equal(after!.locked, 0);
    await assert.rejects(network.cessText('gateway', 'revoke', gateway), /GATEWAY_NOTHING_TO_REVOKE/);
    assert.deepEqual(await network.cess('gateway', 'authorize', gateway), { gateway, authorized: true });
  });

  it('backs the key up under a passphrase, warns, and checks the backup', async () => {
    const file = join(folder, 'backup.json');
    const { stdout } = await network.cessText('key', 'backup', file);
    assert.match(stdout, /if it is lost/);
    assert.doesNotMatch(readFileSync(file, 'utf8'), /plaintext/);
    assert.equal(((await network.cess('key', 'check-backup', file)) as { file: string }).file, file);
    await assert.rejects(network.cessText('key', 'backup', file), /FILE_EXISTS/);
  });

  it('shows the log, refuses to reset a running network, and says what it does not know', async () => {
    assert.match((await network.cessText('devnet', 'logs', '--lines', '50')).stdout, /"role":"/);
    assert.equal(((await network.cess('devnet', 'logs', '--lines', '50')) as { lines: string[] }).lines.length, 50);
    await assert.rejects(network.cessText('reset', '--yes'), /KV_LOCKED/);
    await assert.rejects(network.cessText('file', 'show', '00'.repeat(32)), /FILE_NOT_ON_CHAIN/);
    await assert.rejects(network.cessText('devnet', 'provider', 'wipe', 'provider-99'), /provider-99/);
    await assert.rejects(network.cessText('nonsense'), /unknown command/);
  });

  it('stops the network and resets it', async () => {
    const exited = network.exited();
    assert.deepEqual(await network.cess('devnet', 'stop'), { network: 'stopping' });
    assert.equal(await exited, 0);
    await assert.rejects(network.cessText('status'), /NETWORK_NOT_RUNNING/);
    const folder = join(network.home, 'gateway');
    const check = (await network.cess('gateway', 'check', folder)) as { sound: boolean; tables: { objects: object } };
    assert.deepEqual([check.sound, check.tables.objects], [true, { records: 3, unreadable: 0 }]);
    assert.match((await network.cessText('gateway', 'repair', folder)).stdout, /^0 records/);
    await assert.rejects(network.cessText('gateway', 'check', network.home), /FOLDER_NOT_FOUND/);
    await assert.rejects(network.cessText('reset'), /RESET_UNCONFIRMED/);
    assert.deepEqual(await network.cess('reset', '--yes'), { deleted: network.home });
    assert.ok(!existsSync(network.home));
  });
});
