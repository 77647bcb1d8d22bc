// The TLS certificate of a node. It is made when the node starts and lies in memory only; it is made again when half of its life
// is over. Connections keep the certificate with which they began.
import { createSecureContext, type SecureContext } from 'node:tls';
import { handledElsewhere, type Logger, messageOf, utf8 } from '@cess/primitives';
import { der, sequence } from './der.js';
import { bindingName, type TlsBinding, tlsBindingMessage } from './node-pin.js';
import {
  certificateExtension,
  certificatePem,
  createCertificate,
  createCertificateKeys,
  privateKeyPem,
  spkiOf,
} from './x509.js';

/** The holder of a node key. */
export interface NodeIdentity {
  readonly publicKey: Uint8Array;
  /** The signature of the node key over `tlsBindingMessage`. */
  bindTlsKey(binding: TlsBinding): Uint8Array | Promise<Uint8Array>;
}

export interface NodeCertificateInit {
  readonly identity: NodeIdentity;
  readonly nowMs: () => number;
  readonly logger: Logger;
  /** Default 365 days. */
  readonly lifetimeMs?: number;
}

interface Current {
  readonly context: SecureContext;
  readonly renewAtMs: number;
}

const defaultLifetimeMs = 365 * 24 * 3_600_000;
/** Clocks of clients may be behind. */
const slackMs = 3_600_000;

/** The identity of a node whose key is in this process. */
export function identityOf(signer: {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}): NodeIdentity {
  return { publicKey: signer.publicKey, bindTlsKey: (binding) => signer.sign(tlsBindingMessage(binding)) };
}

export class NodeCertificate {
  #renewing: Promise<void> | undefined;

  private constructor(
    private readonly init: NodeCertificateInit,
    private current: Current,
  ) {}

  static async create(init: NodeCertificateInit): Promise<NodeCertificate> {
    return new NodeCertificate(init, await make(init));
  }

  /** The certificate for a new connection. */
  contextFor(): SecureContext {
    if (this.init.nowMs() >= this.current.renewAtMs) this.#renew();
    return this.current.context;
  }

  #renew(): void {
    this.#renewing ??= make(this.init)
      .then(
        (made) => {
          this.current = made;
        },
        (error: unknown) => {
          this.init.logger.error({ cause: messageOf(error) }, 'failed to renew the TLS certificate; retrying');
        },
      )
      .finally(() => {
        this.#renewing = undefined;
      });
    handledElsewhere(this.#renewing);
  }
}

async function make({ identity, nowMs, lifetimeMs = defaultLifetimeMs }: NodeCertificateInit): Promise<Current> {
  const now = nowMs();
  const { certificate, key } = await createNodeCertificate(identity, now - slackMs, now + lifetimeMs);
  const context = createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.3' });
  return { context, renewAtMs: now + lifetimeMs / 2 };
}

/** Certificate and key as PEM. Times in Unix milliseconds are rounded down to seconds. */
export async function createNodeCertificate(
  identity: NodeIdentity,
  notBeforeMs: number,
  notAfterMs: number,
): Promise<{ readonly certificate: string; readonly key: string }> {
  const keys = createCertificateKeys();
  const [notBefore, notAfter] = [Math.floor(notBeforeMs / 1000), Math.floor(notAfterMs / 1000)];
  const signature = await identity.bindTlsKey({ spki: spkiOf(keys.publicKey), notBefore, notAfter });
  const name = der(0x86, utf8(bindingName(identity.publicKey, signature)));
  const certificate = createCertificate({
    issuer: 'CESS node',
    subject: 'CESS node',
    notBeforeMs: notBefore * 1000,
    notAfterMs: notAfter * 1000,
    publicKey: keys.publicKey,
    issuerKeys: keys,
    extensions: [certificateExtension('2.5.29.17', sequence(name))],
  });
  return { certificate: certificatePem(certificate), key: privateKeyPem(keys.privateKey) };
}
