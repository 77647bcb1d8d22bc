// S3 clients that strangers use, each behind the same few operations. A client that is not installed says so.
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { S3Credentials } from './network.js';

export interface ClientDriver {
  readonly name: string;
  /** Why the suite cannot run with this client; undefined when it can. */
  readonly missing: string | undefined;
  put(file: string, key: string): Promise<void>;
  get(key: string, file: string): Promise<void>;
  list(prefix: string): Promise<string[]>;
  copy(from: string, to: string): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
  /** Keys that the client itself changes before it sends them. */
  readonly changes?: RegExp;
  /** A URL that anyone may GET for a while; undefined where the client only knows Signature Version 2. */
  readonly presign: ((key: string) => Promise<string>) | undefined;
  close(): void;
}

const run = promisify(execFile);
/** The environment that a client inherits, without variables that change how it signs or connects. */
export const cleanEnvironment = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LC_ALL: 'C.UTF-8' };
const maxBuffer = 64 * 1024 * 1024;
const multipartThreshold = 16 * 1024 * 1024;

export function sdkClient(credentials: S3Credentials, more: S3ClientConfig = {}): S3Client {
  const { accessKeyId, secretAccessKey, endpoint, region } = credentials;
  return new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    ...more,
  });
}

export function sdkDriver(credentials: S3Credentials, bucket: string): ClientDriver {
  const client = sdkClient(credentials);
  return {
    name: '@aws-sdk/client-s3',
    missing: undefined,
    async put(file, key) {
      const body = createReadStream(file);
      const { size } = statSync(file);
      if (size < multipartThreshold) {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentLength: size }));
        return;
      }
      const upload = new Upload({
        client,
        params: { Bucket: bucket, Key: key, Body: body },
        partSize: 8 * 1024 * 1024,
        queueSize: 3,
      });
      await upload.done();
    },
    async get(key, file) {
      const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      await pipeline(answer.Body as Readable, createWriteStream(file));
    },
    async list(prefix) {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
        );
        for (const { Key } of page.Contents ?? []) keys.push(Key!);
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return keys;
    },
    async copy(from, to) {
      const source = `${bucket}/${from.split('/').map(encodeURIComponent).join('/')}`;
      await client.send(new CopyObjectCommand({ Bucket: bucket, Key: to, CopySource: source }));
    },
    async remove(keys) {
      await client.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }),
      );
    },
    presign: (key) => getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: 300 }),
    close: () => client.destroy(),
  };
}

const awscliProgram = '/usr/bin/aws';

/** Why awscli cannot run; undefined when it can. */
export function missingAwscli(): Promise<string | undefined> {
  return missingProgram(awscliProgram, ['--version'], 'awscli');
}

export type Awscli = (...args: string[]) => Promise<{ readonly stdout: string }>;

export interface AwscliSettings extends S3Credentials {
  readonly sessionToken?: string;
  /** File with the authority that the certificate of the endpoint is checked with. */
  readonly caBundle?: string;
}

/** Unmodified awscli against the endpoint of the credentials. */
export function awscli(credentials: AwscliSettings): Awscli {
  const { sessionToken, caBundle } = credentials;
  const env = {
    ...cleanEnvironment,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_DEFAULT_REGION: credentials.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
    ...(caBundle === undefined ? {} : { AWS_CA_BUNDLE: caBundle }),
  };
  return (...args) => run(awscliProgram, ['--endpoint-url', credentials.endpoint, ...args], { env, maxBuffer });
}

export async function awscliDriver(credentials: S3Credentials, bucket: string): Promise<ClientDriver> {
  const aws = awscli(credentials);
  const url = (key: string) => `s3://${bucket}/${key}`;
  return {
    name: 'awscli',
    missing: await missingAwscli(),
    async put(file, key) {
      await aws('s3', 'cp', '--no-progress', file, url(key));
    },
    async get(key, file) {
      await aws('s3', 'cp', '--no-progress', url(key), file);
    },
    async list(prefix) {
      const { stdout } = await aws(
        's3api',
        'list-objects-v2',
        '--bucket',
        bucket,
        '--prefix',
        prefix,
        '--output',
        'json',
      );
      const page = JSON.parse(stdout || '{}') as { Contents?: { Key: string }[] };
      return (page.Contents ?? []).map(({ Key }) => Key);
    },
    async copy(from, to) {
      await aws('s3', 'cp', '--no-progress', url(from), url(to));
    },
    async remove(keys) {
      const request = JSON.stringify({ Objects: keys.map((Key) => ({ Key })) });
      await aws('s3api', 'delete-objects', '--bucket', bucket, '--delete', request);
    },
    async presign(key) {
      return (await aws('s3', 'presign', url(key))).stdout.trim();
    },
    close: () => {},
  };
}

/** Settings of rclone for the remote `cess`. */
export function rcloneEnvironment(credentials: S3Credentials): Record<string, string> {
  return {
    ...cleanEnvironment,
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_CESS_TYPE: 's3',
    RCLONE_CONFIG_CESS_PROVIDER: 'Other',
    RCLONE_CONFIG_CESS_ACCESS_KEY_ID: credentials.accessKeyId,
    RCLONE_CONFIG_CESS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    RCLONE_CONFIG_CESS_ENDPOINT: credentials.endpoint,
    RCLONE_CONFIG_CESS_REGION: credentials.region,
  };
}

export async function rcloneDriver(credentials: S3Credentials, bucket: string): Promise<ClientDriver> {
  const env = rcloneEnvironment(credentials);
  const rclone = (...args: string[]) => run('rclone', [...args, '--s3-no-check-bucket'], { env, maxBuffer });
  const path = (key: string) => `cess:${bucket}/${key}`;
  return {
    name: 'rclone',
    missing: await missingProgram('rclone', ['version'], 'rclone'),
    changes: /\/\/|\.\./,
    async put(file, key) {
      await rclone('copyto', file, path(key));
    },
    async get(key, file) {
      await rclone('copyto', path(key), file);
    },
    async list(prefix) {
      const { stdout } = await rclone('lsf', '-R', '--files-only', `cess:${bucket}/${prefix}`);
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => prefix + line);
    },
    async copy(from, to) {
      await rclone('copyto', path(from), path(to));
    },
    async remove(keys) {
      for (const key of keys) await rclone('deletefile', path(key));
    },
    async presign(key) {
      return (await rclone('link', '--expire', '5m', path(key))).stdout.trim();
    },
    close: () => {},
  };
}

export function s3cmdOptions(credentials: S3Credentials): readonly string[] {
  const { host } = new URL(credentials.endpoint);
  return [
    '--config=/dev/null',
    '--no-ssl',
    `--host=${host}`,
    `--host-bucket=${host}`,
    `--region=${credentials.region}`,
    `--access_key=${credentials.accessKeyId}`,
    `--secret_key=${credentials.secretAccessKey}`,
    '--no-progress',
  ];
}

export async function s3cmdDriver(credentials: S3Credentials, bucket: string): Promise<ClientDriver> {
  const options = s3cmdOptions(credentials);
  const env = { ...cleanEnvironment, PYTHONIOENCODING: 'utf-8' };
  const s3cmd = (...args: string[]) => run('s3cmd', [...options, ...args], { env, maxBuffer });
  const url = (key: string) => `s3://${bucket}/${key}`;
  return {
    name: 's3cmd',
    missing: await missingProgram('s3cmd', ['--version'], 's3cmd'),
    async put(file, key) {
      await s3cmd('put', file, url(key));
    },
    async get(key, file) {
      await s3cmd('get', '--force', url(key), file);
    },
    async list(prefix) {
      const { stdout } = await s3cmd('ls', '--recursive', url(prefix));
      return stdout.split('\n').flatMap((line) => {
        const at = line.indexOf(`s3://${bucket}/`);
        return at < 0 ? [] : [line.slice(at + `s3://${bucket}/`.length)];
      });
    },
    async copy(from, to) {
      await s3cmd('cp', url(from), url(to));
    },
    async remove(keys) {
      await s3cmd('del', ...keys.map(url));
    },
    // `s3cmd signurl` signs with Signature Version 2 whatever its settings, which Amazon has retired.
    presign: undefined,
    close: () => {},
  };
}

/** Why a program cannot run; undefined when it can. */
export async function missingProgram(
  program: string,
  args: readonly string[],
  packageName: string,
): Promise<string | undefined> {
  try {
    await run(program, args, { env: cleanEnvironment });
    return undefined;
  } catch {
    return `${packageName} is not installed (Debian: apt-get install ${packageName})`;
  }
}
