// Pinned connections against servers that have the key, another key, no key, and a certificate that is not theirs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { createEd25519Signer } from '@cess/crypto';
import { isCessError } from '@cess/primitives';
import {
  certificateExtension,
  certificatePem,
  createCertificate,
  createCertificateKeys,
  privateKeyPem,
} from './index.js';
import { createNodeCertificate, identityOf, type NodeIdentity } from './node-certificate.js';
import { type PinRefusal, tlsBindingMessage } from './node-pin.js';
import { PinnedConnector } from './pinned-connector.js';
import { startTlsServer, type TestServer } from './test-support/tls-server.js';

const hourMs = 3_600_000;
const nowMs = 1_800_000_000_000;
const node = createEd25519Signer(new Uint8Array(32).fill(1));
const other = createEd25519Signer(new Uint8Array(32).fill(2));

async function serve(identity: NodeIdentity, port = 0, from = -hourMs, to = hourMs): Promise<TestServer> {
  const { certificate: cert, key } = await createNodeCertificate(identity, nowMs + from, nowMs + to);
  return startTlsServer({ cert, key }, port);
}

describe('DATA-13: a pinned connection', () => {
  const servers: TestServer[] = [];
  after(async () => {
    for (const server of servers) await server.close();
  });
  const started = async (starting: Promise<TestServer>) => {
    const server = await starting;
    servers.push(server);
    return server;
  };
  const connectorAt = (clock: { ms: number } = { ms: nowMs }) => new PinnedConnector(() => clock.ms);

  /** Sends a secret at once and returns the answer. */
  async function exchange(connector: PinnedConnector, port: number, nodeKey = node.publicKey): Promise<string> {
    const socket = connector.connect({ host: '127.0.0.1', port, nodeKey });
    try {
      socket.write('secret');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      // The tickets of TLS 1.3 come before the first data.
      return answer.toString();
    } finally {
      socket.destroy();
    }
  }

  async function isRefused(reason: PinRefusal, server: TestServer, connector = connectorAt()): Promise<void> {
    await assert.rejects(exchange(connector, server.port), (error) => {
      assert.ok(isCessError(error, 'TLS_NODE_UNTRUSTED'), String(error));
      assert.equal(error.data.reason, reason);
      return true;
    });
    // The server has seen the end of the connection by the time it answers another one.
    assert.equal(server.received(), '');
  }

  it('carries data once the certificate has proven the key', async () => {
    const server = await started(serve(identityOf(node)));
    assert.equal(await exchange(connectorAt(), server.port), '6');
    assert.equal(server.received(), 'secret');
  });

  it('sends nothing to a node with another key', async () => {
    await isRefused('other-key', await started(serve(identityOf(other))));
  });

  it('sends nothing to one that names the key without its signature', async () => {
    const liar = { publicKey: node.publicKey, bindTlsKey: identityOf(other).bindTlsKey };
    await isRefused('signature-invalid', await started(serve(liar)));
  });

  it('sends nothing to one that shows the signature of another TLS key', async () => {
    const copied = node.sign(tlsBindingMessage({ spki: new Uint8Array(91), notBefore: 0, notAfter: 4_000_000_000 }));
    await isRefused('signature-invalid', await started(serve({ publicKey: node.publicKey, bindTlsKey: () => copied })));
  });

  it('sends nothing to one that stretches the validity of a certificate', async () => {
    const { bindTlsKey } = identityOf(node);
    const stretched = {
      publicKey: node.publicKey,
      bindTlsKey: (binding: Parameters<typeof bindTlsKey>[0]) =>
        bindTlsKey({ ...binding, notAfter: binding.notAfter - 1 }),
    };
    await isRefused('signature-invalid', await started(serve(stretched)));
  });

  it('sends nothing to one with an ordinary certificate', async () => {
    const keys = createCertificateKeys();
    const certificate = createCertificate({
      ...{ issuer: 'x', subject: 'x', notBeforeMs: nowMs, notAfterMs: nowMs + hourMs, publicKey: keys.publicKey },
      ...{ issuerKeys: keys, extensions: [certificateExtension('2.5.29.19', Uint8Array.of(0x30, 0))] },
    });
    const server = startTlsServer({ cert: certificatePem(certificate), key: privateKeyPem(keys.privateKey) });
    await isRefused('no-binding', await started(server));
  });

  it('sends nothing before or after the validity of the certificate', async () => {
    await isRefused('not-yet-valid', await started(serve(identityOf(node), 0, 1_000)));
    await isRefused('expired', await started(serve(identityOf(node), 0, -2 * hourMs, 0)));
  });

  it('is refused by a server that speaks no TLS 1.3', async () => {
    const { certificate: cert, key } = await createNodeCertificate(identityOf(node), nowMs - hourMs, nowMs + hourMs);
    const server = await started(startTlsServer({ cert, key, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }));
    await assert.rejects(exchange(connectorAt(), server.port), /protocol version|ECONNRESET/i);
    assert.equal(server.received(), '');
  });

  it('resumes a session of the same key, and only of the same key', async () => {
    const server = await started(serve(identityOf(node)));
    const connector = connectorAt();
    for (let count = 0; count < 3; count++) await exchange(connector, server.port);
    assert.deepEqual(server.handshakes, { full: 1, resumed: 2 });
    await assert.rejects(exchange(connector, server.port, other.publicKey), (error) =>
      isCessError(error, 'TLS_NODE_UNTRUSTED'),
    );
    assert.equal(server.handshakes.resumed, 2);
  });

  it('resumes no session beyond the validity of the certificate that began it', async () => {
    const server = await started(serve(identityOf(node)));
    const clock = { ms: nowMs };
    const connector = connectorAt(clock);
    await exchange(connector, server.port);
    clock.ms = nowMs + hourMs;
    const before = server.received();
    await assert.rejects(exchange(connector, server.port), (error) => {
      assert.ok(isCessError(error, 'TLS_NODE_UNTRUSTED'));
      assert.equal(error.data.reason, 'expired');
      return true;
    });
    assert.equal(server.received(), before);
  });

  it('proves the key again when another server took the address of a session', async () => {
    const first = await serve(identityOf(node));
    const connector = connectorAt();
    await exchange(connector, first.port);
    await first.close();
    const thief = await started(serve(identityOf(other), first.port));
    await isRefused('other-key', thief, connector);
  });
});
