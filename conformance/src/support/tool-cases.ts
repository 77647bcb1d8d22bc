// OSS-1: tools that keep backups and folders in S3: restic, duplicity, s3fs, and the synchronisation of rclone and s3cmd.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetBucketVersioningCommand,
  ListObjectVersionsCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { eventually } from '@cess/primitives/testing';
import { cleanEnvironment, missingProgram, rcloneEnvironment, s3cmdOptions, sdkClient } from './drivers.js';
import { sdkEnvironment } from './more-drivers.js';
import type { S3Credentials } from './network.js';

const run = promisify(execFile);

interface Tools {
  /** Folder of this suite for files. */
  readonly folder: string;
  readonly credentials: S3Credentials;
}

/** A folder with files of several sizes and names. */
function makeTree(path: string): void {
  mkdirSync(join(path, 'deep', 'er'), { recursive: true });
  const files: Readonly<Record<string, number>> = {
    empty: 0,
    small: 10,
    'with space+plus%.txt': 1000,
    ünïcødé: 70_000,
    'deep/er/large': 3_000_000,
  };
  for (const [name, size] of Object.entries(files)) writeFileSync(join(path, name), randomBytes(size));
}

/** Relative paths and contents of all files. */
function contentOf(path: string): Record<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort();
  return Object.fromEntries(names.map((name) => [name.slice(path.length), readFileSync(name).toString('base64')]));
}

async function createBucket(credentials: S3Credentials, name: string): Promise<void> {
  const client = sdkClient(credentials);
  await client.send(new CreateBucketCommand({ Bucket: name }));
  client.destroy();
}

export async function toolCases(tools: () => Tools): Promise<void> {
  await resticCases(tools);
  await duplicityCases(tools);
  await rcloneCases(tools);
  await s3cmdCases(tools);
  await s3fsCases(tools);
}

async function resticCases(tools: () => Tools): Promise<void> {
  const missing = await missingProgram('restic', ['version'], 'restic');
  it('OSS-1 restic: init, backup, check --read-data, forget --prune, restore', { skip: missing ?? false }, async () => {
    const { folder, credentials } = tools();
    await createBucket(credentials, 'restic-bucket');
    const env = {
      ...sdkEnvironment(credentials),
      RESTIC_REPOSITORY: `s3:${credentials.endpoint}/restic-bucket/repository`,
      RESTIC_PASSWORD: 'password',
      RESTIC_CACHE_DIR: join(folder, 'restic-cache'),
    };
    const restic = (...args: string[]) => run('restic', args, { env });
    const [tree, target] = [join(folder, 'restic'), join(folder, 'restic-restored')];
    makeTree(tree);
    await restic('init');
    await restic('backup', tree);
    writeFileSync(join(tree, 'added'), randomBytes(100_000));
    rmSync(join(tree, 'small'));
    await restic('backup', tree);
    await restic('check', '--read-data');
    await restic('forget', '--keep-last', '1', '--prune');
    await restic('check', '--read-data');
    const { stdout } = await restic('snapshots', '--json');
    assert.equal((JSON.parse(stdout) as unknown[]).length, 1);
    await restic('restore', 'latest', '--target', target);
    assert.deepEqual(contentOf(join(target, tree)), contentOf(tree));
  });
}

async function duplicityCases(tools: () => Tools): Promise<void> {
  const missing = await missingProgram('/usr/bin/duplicity', ['--version'], 'duplicity');
  it('OSS-1 duplicity: full and incremental backup, verify, restore', { skip: missing ?? false }, async () => {
    const { folder, credentials } = tools();
    await createBucket(credentials, 'duplicity-bucket');
    const env = { ...sdkEnvironment(credentials), PASSPHRASE: 'password', HOME: folder, TMPDIR: folder };
    const options = [
      `--s3-endpoint-url=${credentials.endpoint}`,
      `--s3-region-name=${credentials.region}`,
      `--archive-dir=${join(folder, 'duplicity-archive')}`,
      '--no-encryption',
    ];
    const duplicity = (...args: string[]) => run('/usr/bin/duplicity', [...args, ...options], { env });
    const url = 'boto3+s3://duplicity-bucket/backup';
    const [tree, target] = [join(folder, 'duplicity'), join(folder, 'duplicity-restored')];
    makeTree(tree);
    await duplicity('full', tree, url);
    writeFileSync(join(tree, 'added'), randomBytes(100_000));
    await duplicity('incremental', tree, url);
    await duplicity('verify', '--compare-data', url, tree);
    await duplicity('restore', url, target);
    assert.deepEqual(contentOf(target), contentOf(tree));
  });
}

async function rcloneCases(tools: () => Tools): Promise<void> {
  const missing = await missingProgram('rclone', ['version'], 'rclone');
  it('OSS-1 rclone: sync, check --download, versions', { skip: missing ?? false }, async () => {
    const { folder, credentials } = tools();
    await createBucket(credentials, 'rclone-sync');
    const client = sdkClient(credentials);
    const enabled = { Bucket: 'rclone-sync', VersioningConfiguration: { Status: 'Enabled' as const } };
    await client.send(new PutBucketVersioningCommand(enabled));
    const env = rcloneEnvironment(credentials);
    const rclone = (...args: string[]) => run('rclone', [...args, '--s3-no-check-bucket'], { env });
    const [tree, target] = [join(folder, 'rclone'), join(folder, 'rclone-copied')];
    makeTree(tree);
    await rclone('sync', tree, 'cess:rclone-sync/tree');
    await rclone('check', '--download', tree, 'cess:rclone-sync/tree');
    writeFileSync(join(tree, 'small'), 'changed');
    rmSync(join(tree, 'empty'));
    await rclone('sync', tree, 'cess:rclone-sync/tree');
    await rclone('check', '--download', tree, 'cess:rclone-sync/tree');
    await rclone('copy', 'cess:rclone-sync/tree', target);
    assert.deepEqual(contentOf(target), contentOf(tree));
    const { stdout } = await rclone('lsf', '--s3-versions', 'cess:rclone-sync/tree');
    assert.match(stdout, /^small-v\d{4}-\d\d-\d\d-\d+-\d+$/m);
    assert.match(stdout, /^empty-v/m);
    client.destroy();
  });

  it('OSS-1 rclone: turns versions on and cleans hidden ones up', { skip: missing ?? false }, async () => {
    const { credentials } = tools();
    const env = rcloneEnvironment(credentials);
    const rclone = (...args: string[]) => run('rclone', args, { env });
    await createBucket(credentials, 'rclone-versions');
    await rclone('backend', 'versioning', 'cess:rclone-versions', 'Enabled');
    const client = sdkClient(credentials);
    assert.equal((await client.send(new GetBucketVersioningCommand({ Bucket: 'rclone-versions' }))).Status, 'Enabled');
    for (const content of ['one', 'two'])
      await client.send(new PutObjectCommand({ Bucket: 'rclone-versions', Key: 'a', Body: content }));
    await rclone('backend', 'cleanup-hidden', 'cess:rclone-versions');
    const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket: 'rclone-versions' }));
    assert.equal(Versions?.length, 1);
    client.destroy();
  });
}

async function s3cmdCases(tools: () => Tools): Promise<void> {
  const missing = await missingProgram('s3cmd', ['--version'], 's3cmd');
  describe('OSS-1 s3cmd', { skip: missing ?? false, concurrency: 1 }, () => {
    const s3cmd = (...args: string[]) => {
      const env = { ...cleanEnvironment, PYTHONIOENCODING: 'utf-8' };
      return run('s3cmd', [...s3cmdOptions(tools().credentials), ...args], { env });
    };
    const bucket = 's3://s3cmd-sync';

    it('synchronises a folder both ways', async () => {
      const { folder, credentials } = tools();
      await createBucket(credentials, 's3cmd-sync');
      const [tree, target] = [join(folder, 's3cmd'), join(folder, 's3cmd-copied')];
      makeTree(tree);
      mkdirSync(target);
      await s3cmd('sync', `${tree}/`, `${bucket}/tree/`);
      rmSync(join(tree, 'small'));
      await s3cmd('sync', '--delete-removed', `${tree}/`, `${bucket}/tree/`);
      await s3cmd('sync', `${bucket}/tree/`, `${target}/`);
      assert.deepEqual(contentOf(target), contentOf(tree));
    });

    it('sets lists, policy, lifecycle, CORS and website', async () => {
      const { folder, credentials } = tools();
      const file = (name: string, content: string) => {
        writeFileSync(join(folder, name), content);
        return join(folder, name);
      };
      const aws = sdkClient(credentials);
      const Bucket = 's3cmd-sync';
      const ownership = { Rules: [{ ObjectOwnership: 'ObjectWriter' as const }] };
      await aws.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: ownership }));
      await aws.send(new DeletePublicAccessBlockCommand({ Bucket }));
      await s3cmd('put', file('s3cmd-file', 'content'), `${bucket}/public`);
      await s3cmd('setacl', '--acl-public', `${bucket}/public`);
      assert.equal(await (await fetch(`${credentials.endpoint}/${Bucket}/public`)).text(), 'content');
      await s3cmd('setacl', '--acl-private', `${bucket}/public`);
      assert.equal((await fetch(`${credentials.endpoint}/${Bucket}/public`)).status, 403);
      const statement = {
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::${Bucket}/*`,
      };
      const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
      await s3cmd('setpolicy', file('s3cmd-policy', policy), bucket);
      assert.equal((await fetch(`${credentials.endpoint}/${Bucket}/public`)).status, 200);
      await s3cmd('delpolicy', bucket);
      const rule =
        '<Rule><ID>r</ID><Prefix>old/</Prefix><Status>Enabled</Status><Expiration><Days>3</Days></Expiration></Rule>';
      const lifecycle = `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`;
      await s3cmd('setlifecycle', file('s3cmd-lifecycle', lifecycle), bucket);
      assert.match((await s3cmd('getlifecycle', bucket)).stdout, /<Days>3<\/Days>/);
      await s3cmd('dellifecycle', bucket);
      await s3cmd('ws-create', '--ws-index=i.html', bucket);
      assert.match((await s3cmd('ws-info', bucket)).stdout, /i\.html/);
      assert.match((await s3cmd('info', `${bucket}/public`)).stdout, /MD5 sum/);
      aws.destroy();
    });
  });
}

/** Whether this process has CAP_SYS_ADMIN, which root in a container may lack (capabilities(7)). */
function mayMount(): boolean {
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return ((BigInt(`0x${effective}`) >> 21n) & 1n) === 1n;
}

async function s3fsCases(tools: () => Tools): Promise<void> {
  const installed = await missingProgram('s3fs', ['--version'], 's3fs');
  const missing = installed ?? (existsSync('/dev/fuse') && mayMount() ? undefined : 'FUSE needs /dev/fuse and root');
  it('OSS-1 s3fs: a mounted bucket holds a folder', { skip: missing ?? false }, async () => {
    const { folder, credentials } = tools();
    await createBucket(credentials, 's3fs-bucket');
    const [mount, tree] = [join(folder, 's3fs-mount'), join(folder, 's3fs')];
    mkdirSync(mount);
    makeTree(tree);
    const password = join(folder, 's3fs-password');
    writeFileSync(password, `${credentials.accessKeyId}:${credentials.secretAccessKey}`, { mode: 0o600 });
    const options = `passwd_file=${password},url=${credentials.endpoint},use_path_request_style,endpoint=${credentials.region}`;
    const child = spawn('s3fs', ['s3fs-bucket', mount, '-f', '-o', options], { stdio: 'ignore' });
    const isMounted = () => readFileSync('/proc/mounts', 'utf8').includes(mount);
    const isOver = () => child.exitCode !== null;
    try {
      await eventually(
        () => isMounted() || isOver(),
        () => 's3fs mounts or ends',
      );
      assert.ok(isMounted(), `s3fs ended with ${child.exitCode}`);
      await run('cp', ['-r', `${tree}/.`, mount]);
      assert.deepEqual(contentOf(mount), contentOf(tree));
      await run('mv', [join(mount, 'small'), join(mount, 'moved')]);
      await run('rm', ['-r', join(mount, 'deep')]);
      assert.deepEqual(readdirSync(mount).sort(), ['empty', 'moved', 'with space+plus%.txt', 'ünïcødé'].sort());
    } finally {
      await run('umount', [mount]).catch(() => child.kill());
    }
  });
}
