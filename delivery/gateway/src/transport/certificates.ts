// The TLS certificates of the gateway, from files. They are read again when their contents change: connections that began before
// keep theirs. Files that cannot be used, for instance half of a new pair, leave the last usable certificates in place.
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { BackgroundLoop, type BackgroundPorts, CessError, messageOf, type Startable } from '@cess/primitives';

export interface CertificateFiles {
  /** PEM: the certificate of the server, then those between it and the root. */
  readonly certificateFile: string;
  /** PEM, without a passphrase. */
  readonly keyFile: string;
}

export interface CertificatesInit extends BackgroundPorts {
  /** The first serves clients that name no host or another one. */
  readonly files: readonly CertificateFiles[];
  /** Pause between two looks at the files. Default 10 s. */
  readonly checkIntervalMs?: number;
}

interface Certificate {
  readonly parsed: X509Certificate;
  readonly context: SecureContext;
}

const defaultCheckIntervalMs = 10_000;

export class Certificates implements Startable {
  #current: readonly Certificate[] = [];
  /** Of the contents of all files as they were last read. */
  #digest = '';
  #failures = 0;
  /** Why the files cannot be used; it is logged once. */
  #problem: string | undefined;
  readonly #loop: BackgroundLoop;

  constructor(private readonly init: CertificatesInit) {
    const periodMs = init.checkIntervalMs ?? defaultCheckIntervalMs;
    // The start itself has just read the files.
    const pauses = { firstPauseMs: periodMs, periodMs };
    this.#loop = new BackgroundLoop({ ...init, ...pauses, name: 'TLS certificates', task: () => this.reload() });
  }

  /** Throws `TLS_CERTIFICATE_UNUSABLE`. */
  async start(): Promise<void> {
    const contents = await this.#read();
    this.#use(contents);
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  /** Reads the files again. Never throws: the certificates in use stay. */
  async reload(): Promise<void> {
    const { logger } = this.init;
    try {
      const contents = await this.#read();
      if (digestOf(contents) === this.#digest) return;
      this.#use(contents);
      logger.info({ expires: new Date(this.expiresAtMs).toISOString() }, 'the TLS certificates were read again');
    } catch (error) {
      const cause = messageOf(error);
      if (cause === this.#problem) return;
      this.#problem = cause;
      this.#failures++;
      logger.error({ cause }, 'the new TLS certificates cannot be used; those in use stay. Correct the files.');
    }
  }

  /** The certificate for a host that a client names (SNI). */
  contextFor(host: string | undefined): SecureContext | undefined {
    const named =
      host === undefined ? undefined : this.#current.find(({ parsed }) => parsed.checkHost(host) !== undefined);
    return (named ?? this.#current[0])?.context;
  }

  /** When the first certificate ends. */
  get expiresAtMs(): number {
    return Math.min(...this.#current.map(({ parsed }) => Date.parse(parsed.validTo)));
  }

  /** Changes of the files after which they could not be used. */
  get failures(): number {
    return this.#failures;
  }

  #read(): Promise<readonly (readonly [Buffer, Buffer, CertificateFiles])[]> {
    return Promise.all(
      this.init.files.map(async (files) => {
        try {
          return [await readFile(files.certificateFile), await readFile(files.keyFile), files] as const;
        } catch (cause) {
          throw unusable(files, cause);
        }
      }),
    );
  }

  #use(contents: readonly (readonly [Buffer, Buffer, CertificateFiles])[]): void {
    this.#current = contents.map(([certificate, key, files]) => createCertificate(certificate, key, files));
    this.#digest = digestOf(contents);
    this.#problem = undefined;
  }
}

function createCertificate(certificate: Buffer, key: Buffer, files: CertificateFiles): Certificate {
  try {
    const parsed = new X509Certificate(certificate);
    if (!parsed.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is not that of the certificate');
    return { parsed, context: createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' }) };
  } catch (cause) {
    throw unusable(files, cause);
  }
}

function unusable({ certificateFile, keyFile }: CertificateFiles, cause: unknown): CessError {
  const message = `The TLS certificate ${certificateFile} with the key ${keyFile} cannot be used: ${messageOf(cause)}.`;
  return new CessError('TLS_CERTIFICATE_UNUSABLE', message, {}, { cause });
}

function digestOf(contents: readonly (readonly [Buffer, Buffer, CertificateFiles])[]): string {
  const hash = createHash('sha256');
  for (const [certificate, key] of contents) hash.update(certificate).update('\0').update(key).update('\0');
  return hash.digest('hex');
}
