// A second gateway of a network, started from a configuration file, with HTTPS alone: unmodified awscli with a CA bundle stores
// objects under keys of the customer and under named keys, which it administers by `aws kms`.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from '@cess/primitives/testing';
import { type Awscli, awscli, missingAwscli } from './support/drivers.js';
import { freePorts, TestNetwork } from './support/network.js';
import { type RoleProcess, spawnRole } from './support/spawn-role.js';

const missing = await missingAwscli();
const bucket = 'over-tls';
const credentials = { accessKeyId: 'AKIDOVERTLS', secretAccessKey: 'a-secret-of-this-test', region: 'us-east-1' };

describe('OSS-1 awscli over HTTPS', { skip: missing ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-s3-tls-'));
  const path = (name: string): string => join(folder, name);
  const content = randomBytes(9_000_000);
  let network: TestNetwork;
  let gateway: RoleProcess | undefined;
  let aws: Awscli;
  let endpoint: string;

  before(async () => {
    network = await TestNetwork.create();
    await network.start();
    const { address } = (await network.cess(
      'key',
      'new',
      'gateway',
      path('gateway.json'),
      '--plaintext-development',
    )) as {
      address: string;
    };
    const owner = (await network.cess('key', 'show')) as Record<'address' | 'encryption key (X25519)', string>;
    await network.cess('account', 'transfer', address, '1000');
    await network.cess('territory', 'mint', 'tls', '1', '30');
    await network.cess('gateway', 'certificate', path('tls'), '--host', 'localhost', '127.0.0.1');
    const [s3TlsPort] = await freePorts(1);
    endpoint = `https://localhost:${s3TlsPort}`;
    writeFileSync(path('credentials.json'), JSON.stringify(credentials));
    writeFileSync(
      path('gateway.cfg'),
      JSON.stringify({
        chainSpecFile: join(network.home, 'chain-spec.json'),
        chainRpc: network.rpc,
        dataDir: 'data',
        keyFile: 'gateway.json',
        s3Port: null,
        s3TlsPort,
        s3Certificates: [{ certificateFile: 'tls/certificate.pem', keyFile: 'tls/key.pem' }],
        endpoint,
        accounts: [
          {
            credentialsFile: 'credentials.json',
            owner: owner.address,
            ownerKey: owner['encryption key (X25519)'],
            territory: 'tls',
          },
        ],
      }),
    );
    gateway = spawnRole('gateway', path('gateway.cfg'), process.env);
    await gateway.ready();
    await network.cess('gateway', 'authorize', address);
    await network.cess('territory', 'lock', 'tls', address, '1');
    aws = awscli({ ...credentials, endpoint, caBundle: path('tls/ca.pem') });
    writeFileSync(path('content'), content);
    writeFileSync(path('customer-key'), randomBytes(32));
    await aws('s3api', 'create-bucket', '--bucket', bucket);
    await eventually(
      () =>
        aws('s3', 'cp', '--quiet', path('content'), `s3://${bucket}/first`).then(
          () => true,
          () => false,
        ),
      'the gateway sees its space',
    );
  });
  after(async () => {
    gateway?.child.kill('SIGKILL');
    await network?.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  const readBack = async (key: string, ...options: string[]): Promise<Buffer> => {
    await aws('s3', 'cp', '--quiet', `s3://${bucket}/${key}`, path('target'), ...options);
    return readFileSync(path('target'));
  };
  const json = async <T>(...args: string[]): Promise<T> =>
    JSON.parse((await aws(...args, '--output', 'json')).stdout) as T;

  it('stores and reads an object in parts with the CA bundle, and refuses to connect without it', async () => {
    assert.ok(content.equals(await readBack('first')));
    const stranger = awscli({ ...credentials, endpoint });
    await assert.rejects(stranger('s3', 'ls'), /SSL validation failed/);
  });

  it('stores with a key of the customer, and reads only with it', async () => {
    const key = ['--sse-c', 'AES256', '--sse-c-key', `fileb://${path('customer-key')}`];
    await aws('s3', 'cp', '--quiet', path('content'), `s3://${bucket}/customer`, ...key);
    assert.ok(content.equals(await readBack('customer', ...key)));
    await assert.rejects(
      aws('s3api', 'get-object', '--bucket', bucket, '--key', 'customer', path('target')),
      /InvalidRequest/,
    );
  });

  it('makes a named key with an alias, stores under it, and cannot read while it is disabled', async () => {
    const { KeyMetadata } = await json<{ KeyMetadata: { KeyId: string; Arn: string } }>('kms', 'create-key');
    const id = ['--key-id', KeyMetadata.KeyId];
    await aws('kms', 'create-alias', '--alias-name', 'alias/payroll', '--target-key-id', KeyMetadata.KeyId);
    await aws('kms', 'enable-key-rotation', ...id);
    const status = await json<{ KeyRotationEnabled: boolean }>('kms', 'get-key-rotation-status', ...id);
    assert.equal(status.KeyRotationEnabled, true);
    const under = ['--sse', 'aws:kms', '--sse-kms-key-id', 'alias/payroll'];
    await aws('s3', 'cp', '--quiet', path('content'), `s3://${bucket}/named`, ...under);
    const head = await json<{ ServerSideEncryption: string; SSEKMSKeyId: string }>(
      ...['s3api', 'head-object', '--bucket', bucket, '--key', 'named'],
    );
    assert.deepEqual([head.ServerSideEncryption, head.SSEKMSKeyId], ['aws:kms', KeyMetadata.Arn]);
    assert.ok(content.equals(await readBack('named')));
    await aws('kms', 'disable-key', ...id);
    await assert.rejects(
      aws('s3api', 'get-object', '--bucket', bucket, '--key', 'named', path('target')),
      /KMS\.Disabled/,
    );
    await aws('kms', 'enable-key', ...id);
    assert.ok(content.equals(await readBack('named')));
  });

  it('reads objects of before a rotation on demand, and stores new ones', async (test) => {
    const { KeyMetadata } = await json<{ KeyMetadata: { KeyId: string } }>('kms', 'create-key');
    const under = ['--sse', 'aws:kms', '--sse-kms-key-id', KeyMetadata.KeyId];
    await aws('s3', 'cp', '--quiet', path('content'), `s3://${bucket}/before`, ...under);
    const rotated = await aws('kms', 'rotate-key-on-demand', '--key-id', KeyMetadata.KeyId).catch(
      (error: unknown) => error,
    );
    if (rotated instanceof Error && /Invalid choice/.test(rotated.message))
      return test.skip('this awscli does not know rotate-key-on-demand');
    if (rotated instanceof Error) throw rotated;
    await aws('s3', 'cp', '--quiet', path('content'), `s3://${bucket}/after`, ...under);
    for (const key of ['before', 'after']) assert.ok(content.equals(await readBack(key)), key);
  });
});
