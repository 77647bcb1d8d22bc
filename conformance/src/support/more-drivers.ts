// Further S3 clients behind the operations of ClientDriver: SDKs of other languages, minio-js, s4cmd and curl.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client as MinioClient } from 'minio';
import { elementsOf } from '../s3/elements.js';
import { type ClientDriver, cleanEnvironment, missingProgram } from './drivers.js';
import { LineClient } from './line-client.js';
import type { S3Credentials } from './network.js';

const run = promisify(execFile);
const maxBuffer = 64 * 1024 * 1024;
const clients = fileURLToPath(new URL('../../clients/', import.meta.url));

/** The environment of a client of the AWS SDKs. */
export function sdkEnvironment(credentials: S3Credentials): Record<string, string> {
  return {
    ...cleanEnvironment,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_DEFAULT_REGION: credentials.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    S3_ENDPOINT: credentials.endpoint,
  };
}

interface LanguageClient {
  readonly name: string;
  readonly program: string;
  /** Loads the library. */
  readonly probe: readonly string[];
  readonly script: string;
  readonly packageName: string;
  readonly changes?: RegExp;
}

export interface LineDriver extends ClientDriver {
  call(...command: readonly string[]): Promise<unknown>;
}

async function lineDriver(credentials: S3Credentials, bucket: string, client: LanguageClient): Promise<LineDriver> {
  const { name, program, probe, script, packageName, changes } = client;
  const environment = { ...sdkEnvironment(credentials), S3_BUCKET: bucket };
  const process = new LineClient(program, [clients + script], environment);
  const call = (...command: readonly string[]) => process.call(...command);
  return {
    name,
    missing: await missingProgram(program, probe, packageName),
    call,
    ...(changes === undefined ? {} : { changes }),
    put: async (file, key) => void (await call('put', file, key)),
    get: async (key, file) => void (await call('get', key, file)),
    list: async (prefix) => (await call('list', prefix)) as string[],
    copy: async (from, to) => void (await call('copy', from, to)),
    remove: async (keys) => void (await call('remove', ...keys)),
    presign: async (key) => String(await call('presign', key)),
    close: () => process.close(),
  };
}

/** boto3 of the `python3` that has it. */
export async function boto3Driver(credentials: S3Credentials, bucket: string): Promise<LineDriver> {
  const probe = ['-c', 'import boto3'];
  const packageName = 'python3-boto3';
  const isDebians = (await missingProgram('python3', probe, packageName)) !== undefined;
  const driver = await lineDriver(credentials, bucket, {
    name: 'boto3',
    program: isDebians ? '/usr/bin/python3' : 'python3',
    probe,
    script: 'boto3-client.py',
    packageName,
  });
  return { ...driver, presign: async (key) => String(await driver.call('presign', 's3v4', key)) };
}

export function rubyDriver(credentials: S3Credentials, bucket: string): Promise<LineDriver> {
  return lineDriver(credentials, bucket, {
    name: 'AWS SDK for Ruby',
    program: 'ruby',
    probe: ['-e', 'require "aws-sdk-s3"'],
    script: 'aws-sdk-ruby-client.rb',
    packageName: 'ruby-aws-sdk-s3',
  });
}

export async function perlDriver(credentials: S3Credentials, bucket: string): Promise<LineDriver> {
  return lineDriver(credentials, bucket, {
    name: 'Net::Amazon::S3 (Perl)',
    program: '/usr/bin/perl',
    probe: ['-e', 'use Net::Amazon::S3'],
    script: 'net-amazon-s3-client.pl',
    changes: /\/\//,
    packageName: 'libnet-amazon-s3-perl',
  });
}

export function minioDriver(credentials: S3Credentials, bucket: string): ClientDriver {
  const { hostname, port } = new URL(credentials.endpoint);
  const client = new MinioClient({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: credentials.accessKeyId,
    secretKey: credentials.secretAccessKey,
    region: credentials.region,
    pathStyle: true,
  });
  return {
    name: 'minio-js',
    missing: undefined,
    put: async (file, key) => void (await client.fPutObject(bucket, key, file)),
    get: (key, file) => client.fGetObject(bucket, key, file),
    async list(prefix) {
      const keys: string[] = [];
      for await (const { name } of client.listObjectsV2(bucket, prefix, true)) keys.push(name as string);
      return keys;
    },
    async copy(from, to) {
      await client.copyObject(bucket, to, `/${bucket}/${from}`);
    },
    remove: async (keys) => void (await client.removeObjects(bucket, [...keys])),
    presign: (key) => client.presignedGetObject(bucket, key, 300),
    close: () => {},
  };
}

export async function s4cmdDriver(credentials: S3Credentials, bucket: string): Promise<ClientDriver> {
  const env = {
    ...sdkEnvironment(credentials),
    S3_ACCESS_KEY: credentials.accessKeyId,
    S3_SECRET_KEY: credentials.secretAccessKey,
  };
  const s4cmd = (...args: string[]) =>
    run('s4cmd', [`--endpoint-url=${credentials.endpoint}`, ...args], { env, maxBuffer });
  const url = (key: string) => `s3://${bucket}/${key}`;
  return {
    name: 's4cmd',
    missing: await missingProgram('s4cmd', ['--version'], 's4cmd'),
    put: async (file, key) => void (await s4cmd('put', file, url(key))),
    get: async (key, file) => void (await s4cmd('get', '--force', url(key), file)),
    async list(prefix) {
      const { stdout } = await s4cmd('ls', '-r', url(prefix));
      return stdout.split('\n').flatMap((line) => {
        const at = line.indexOf(`s3://${bucket}/`);
        return at < 0 ? [] : [line.slice(at + `s3://${bucket}/`.length)];
      });
    },
    copy: async (from, to) => void (await s4cmd('cp', url(from), url(to))),
    async remove(keys) {
      for (const key of keys) await s4cmd('del', url(key));
    },
    presign: undefined,
    close: () => {},
  };
}

export async function curlDriver(credentials: S3Credentials, bucket: string): Promise<ClientDriver> {
  const { accessKeyId, secretAccessKey, region, endpoint } = credentials;
  const signing = ['--aws-sigv4', `aws:amz:${region}:s3`, '--user', `${accessKeyId}:${secretAccessKey}`];
  const unsigned = ['-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD'];
  const curl = (...args: string[]) =>
    run('curl', ['--silent', '--show-error', '--fail-with-body', '--path-as-is', ...signing, ...unsigned, ...args], {
      env: cleanEnvironment,
      maxBuffer,
    });
  const escaped = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const path = (key: string) => `${bucket}/${key.split('/').map(escaped).join('/')}`;
  const url = (key: string) => `${endpoint}/${path(key)}`;
  return {
    name: 'curl',
    missing: await missingProgram('curl', ['--version'], 'curl'),
    put: async (file, key) => void (await curl('--upload-file', file, url(key))),
    get: async (key, file) => void (await curl('--output', file, url(key))),
    async list(prefix) {
      const { stdout } = await curl(`${endpoint}/${bucket}?list-type=2&prefix=${encodeURIComponent(prefix)}`);
      return elementsOf(stdout, 'Key');
    },
    copy: async (from, to) => void (await curl('--request', 'PUT', '-H', `x-amz-copy-source: ${path(from)}`, url(to))),
    async remove(keys) {
      for (const key of keys) await curl('--request', 'DELETE', url(key));
    },
    presign: undefined,
    close: () => {},
  };
}
