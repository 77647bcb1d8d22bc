// TLS and the PROXY protocol of a gateway on real sockets.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get as getPlain } from 'node:http';
import { Agent, get as getSecure, type RequestOptions } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway, testPorts } from '../test-support/test-gateway.js';
import { Certificates } from './certificates.js';
import { createDevelopmentCertificate, type DevelopmentCertificate } from './development-certificate.js';

const Bucket = 'transport';
const create = (...hosts: string[]) => createDevelopmentCertificate({ hosts, nowMs: Date.now(), days: 30 });
let folder: string;
let own: DevelopmentCertificate;
let other: DevelopmentCertificate;
let test: TestGateway;

async function write(name: string, { certificate, key }: DevelopmentCertificate) {
  const files = { certificateFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}-key.pem`) };
  await writeFile(files.certificateFile, certificate);
  await writeFile(files.keyFile, key);
  return files;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cess-tls-'));
  [own, other] = await Promise.all([create('localhost', '127.0.0.1'), create('other.example', '*.other.example')]);
  const certificates = [await write('own', own), await write('other', other)];
  test = await startTestGateway({ s3Tls: { port: 0, certificates }, s3TrustedProxies: ['127.0.0.2/32'] });
  const client = sdkClient(test);
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'content' }));
  await client.send(new DeletePublicAccessBlockCommand({ Bucket }));
  const allow = (Condition: object, key: string) => ({
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${Bucket}/${key}`,
    Condition,
  });
  for (const Key of ['secure', 'near']) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const Statement = [
    allow({ Bool: { 'aws:SecureTransport': 'true' } }, 'secure'),
    allow({ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, 'near'),
  ];
  await client.send(
    new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
  );
});
after(async () => {
  await test.stop();
  await rm(folder, { recursive: true });
});

const tlsPort = () => Number(new URL(test.gateway.s3TlsEndpoint ?? '').port);
const plainPort = () => Number(new URL(test.gateway.s3Endpoint).port);

function status(url: string, options: RequestOptions = {}): Promise<number | undefined> {
  const get = url.startsWith('https') ? getSecure : getPlain;
  return new Promise((resolve, reject) => {
    get(url, options, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    }).on('error', reject);
  });
}

describe('HTTPS', () => {
  it('serves the AWS SDK beside plain HTTP', async () => {
    const requestHandler = new NodeHttpHandler({ httpsAgent: new Agent({ ca: own.authority }) });
    const client = sdkClient(test, { endpoint: `https://localhost:${tlsPort()}`, requestHandler });
    const body = Buffer.alloc(3_000_000, 7);
    await client.send(new PutObjectCommand({ Bucket, Key: 'large', Body: body }));
    const read = await sdkClient(test).send(new GetObjectCommand({ Bucket, Key: 'large' }));
    assert.deepEqual(Buffer.from((await read.Body?.transformToByteArray()) ?? []), body);
    client.destroy();
  });

  it('makes aws:SecureTransport true, and plain HTTP does not', async () => {
    const path = `/${Bucket}/secure`;
    assert.equal(await status(`https://localhost:${tlsPort()}${path}`, { ca: own.authority }), 200);
    assert.equal(await status(`http://127.0.0.1:${plainPort()}${path}`), 403);
  });

  it('shows each host its certificate, and the first to all others', async () => {
    const nameFor = (servername: string) =>
      new Promise((resolve, reject) => {
        const socket = connectTls({ port: tlsPort(), host: '127.0.0.1', servername, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().subjectaltname);
          socket.destroy();
        }).on('error', reject);
      });
    assert.match(String(await nameFor('a.other.example')), /other\.example/);
    assert.match(String(await nameFor('localhost')), /localhost/);
    assert.match(String(await nameFor('unknown.example')), /localhost/);
  });

  it('refuses TLS 1.1', async () => {
    const options = { port: tlsPort(), host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.1' as const };
    const outcome = await new Promise((resolve) => {
      const socket = connectTls({ ...options, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }, () =>
        resolve('connected'),
      );
      socket.on('error', () => resolve('refused'));
    });
    assert.equal(outcome, 'refused');
  });

  it('gives nothing to a client that speaks plain HTTP on its port, and goes on serving others', async () => {
    const socket = connect(tlsPort(), '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const received = await collect(socket);
    assert.doesNotMatch(received, /^HTTP/);
    assert.equal(await status(`https://localhost:${tlsPort()}/`, { ca: own.authority }), 403);
  });
});

describe('connections that end during the TLS handshake', () => {
  it('by a reset, by rubbish or by silence leave the gateway serving', async () => {
    const hello = Buffer.from('16030100050100000100', 'hex');
    const broken = Array.from({ length: 60 }, async (_, index) => {
      const socket = connect(tlsPort(), '127.0.0.1');
      const ended = collect(socket);
      await new Promise((resolve) => socket.once('connect', resolve));
      if (index % 3 !== 0) socket.write(index % 3 === 1 ? hello : 'rubbish\r\n\r\n');
      socket.resetAndDestroy();
      await ended;
    });
    await Promise.all(broken);
    const cut = connectTls({ port: tlsPort(), host: '127.0.0.1', servername: 'localhost', ca: own.authority }, () => {
      cut.write('GET / HTTP/1.1\r\n');
      cut.destroy();
    });
    await collect(cut);
    assert.equal(await status(`https://localhost:${tlsPort()}/`, { ca: own.authority }), 403);
  });
});

describe('certificates in files', () => {
  it('change without an end of open connections: those keep the old certificate and are answered, new ones see the new', async () => {
    const renewed = await create('other.example');
    const open = await connectTo('other.example', other);
    assert.match(await open.ask(), /^HTTP\/1\.1 200 /);
    await write('other', renewed);
    await test.gateway.reloadCertificates();
    const later = await connectTo('other.example', renewed);
    assert.match(await open.ask(), /^HTTP\/1\.1 200 /);
    assert.match(await later.ask(), /^HTTP\/1\.1 200 /);
    assert.notEqual(later.fingerprint, open.fingerprint);
    await assert.rejects(connectTo('other.example', other), 'the old certificate is not shown any more');
    for (const { socket } of [open, later]) socket.destroy();
    await write('other', other);
    await test.gateway.reloadCertificates();
  });

  it('are used by new connections once they change, while running connections go on', async () => {
    const files = await write('changing', own);
    const certificates = new Certificates({ ...testPorts, files: [files] });
    await certificates.start();
    const earlier = certificates.contextFor('localhost');
    await write('changing', await create('localhost'));
    await certificates.reload();
    assert.notEqual(certificates.contextFor('localhost'), earlier);
    await certificates.stop();
  });

  it('stay in use while the new files cannot be used, and the failure is counted', async () => {
    const files = await write('broken', own);
    const certificates = new Certificates({ ...testPorts, files: [files] });
    await certificates.start();
    const context = certificates.contextFor(undefined);
    await writeFile(files.certificateFile, other.certificate);
    await certificates.reload();
    assert.deepEqual([certificates.failures, certificates.contextFor(undefined)], [1, context]);
    await rm(files.keyFile);
    await certificates.reload();
    assert.equal(certificates.failures, 2);
    await write('broken', other);
    await certificates.reload();
    assert.notEqual(certificates.contextFor(undefined), context);
    await certificates.stop();
  });

  it('that cannot be used prevent the start', async () => {
    const files = await write('never', own);
    await writeFile(files.keyFile, other.key);
    const certificates = new Certificates({ ...testPorts, files: [files] });
    await assert.rejects(certificates.start(), { code: 'TLS_CERTIFICATE_UNUSABLE' });
  });
});

/** A connection that stays open between its requests. */
async function connectTo(servername: string, { authority }: DevelopmentCertificate) {
  const socket = connectTls({ port: tlsPort(), host: '127.0.0.1', servername, ca: authority });
  await once(socket, 'secureConnect');
  const ask = async (): Promise<string> => {
    socket.write(`HEAD /${Bucket}/secure HTTP/1.1\r\nhost: ${servername}\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString('latin1');
  };
  return { socket, ask, fingerprint: socket.getPeerCertificate().fingerprint256 };
}

function collect(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    socket.setTimeout(5_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });
}

describe('a trusted proxy', () => {
  const header = 'PROXY TCP4 203.0.113.9 127.0.0.1 40000 80\r\n';
  const near = `GET /${Bucket}/near HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`;
  const through = (localAddress: string, ...chunks: string[]) => {
    const socket = connect({ port: plainPort(), host: '127.0.0.1', localAddress, noDelay: true });
    for (const chunk of chunks) socket.write(chunk);
    return collect(socket);
  };

  it('tells the address of its client, whether header and request come together or apart', async () => {
    assert.match(await through('127.0.0.2', header + near), /^HTTP\/1\.1 200 /);
    assert.match(
      await through('127.0.0.2', header.slice(0, 9), header.slice(9) + near.slice(0, 5), near.slice(5)),
      /^HTTP\/1\.1 200 /,
    );
    const far = header.replace('203.0.113.9', '198.51.100.9');
    assert.match(await through('127.0.0.2', far + near), /^HTTP\/1\.1 403 /);
  });

  it('must send a header, and an invalid one ends the connection', async () => {
    assert.equal(await through('127.0.0.2', near), '');
    assert.equal(await through('127.0.0.2', `PROXY TCP4 nonsense\r\n${near}`), '');
  });

  it('is not believed when it is another peer', async () => {
    assert.match(await through('127.0.0.1', near), /^HTTP\/1\.1 403 /);
    assert.match(await through('127.0.0.1', header + near), /^HTTP\/1\.1 400 /);
  });

  it('tells it before TLS, too', async () => {
    const socket = connect({ port: tlsPort(), host: '127.0.0.1', localAddress: '127.0.0.2' });
    socket.write(header);
    const secured = connectTls({ socket, servername: 'localhost', ca: own.authority });
    secured.write(near);
    assert.match(await collect(secured), /^HTTP\/1\.1 200 /);
  });

  it('with a body that follows its header is served whole', async () => {
    const body = 'x'.repeat(400_000);
    const request = `PUT /${Bucket}/near HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`;
    assert.match(await through('127.0.0.2', header + request + body), /^HTTP\/1\.1 403 /);
  });
});
