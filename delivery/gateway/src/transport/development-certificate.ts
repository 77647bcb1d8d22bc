// A certificate for development (RFC 5280): of an authority that exists for this certificate alone and whose key is thrown away, so
// that trusting it trusts nothing else. ECDSA with P-256 and SHA-256.
import { isIP, isIPv4 } from 'node:net';
import { utf8 } from '@cess/primitives';
import {
  bits,
  booleanTrue,
  certificateExtension,
  certificatePem,
  createCertificate,
  createCertificateKeys,
  der,
  integer,
  keyIdOf,
  octets,
  oid,
  privateKeyPem,
  sequence,
} from '@cess/tls';

export interface DevelopmentCertificate {
  /** PEM: for clients, to verify the certificate (`--ca-bundle`). */
  readonly authority: string;
  /** PEM: for `certificateFile`. */
  readonly certificate: string;
  /** PEM: for `keyFile`. */
  readonly key: string;
}

export interface DevelopmentCertificateInit {
  /** DNS names and IP addresses; `*.` stands for one label. */
  readonly hosts: readonly string[];
  readonly nowMs: number;
  readonly days: number;
}

const dayMs = 24 * 3_600_000;
/** Clocks of clients may be behind. */
const slackMs = 3_600_000;
const authorityName = 'CESS development';

export function createDevelopmentCertificate(init: DevelopmentCertificateInit): DevelopmentCertificate {
  const issuerKeys = createCertificateKeys();
  const keys = createCertificateKeys();
  const validity = { notBeforeMs: init.nowMs - slackMs, notAfterMs: init.nowMs + init.days * dayMs };
  const common = { ...validity, issuer: authorityName, issuerKeys };
  const keyId = keyIdOf(issuerKeys.publicKey);
  const authority = createCertificate({
    ...common,
    subject: authorityName,
    publicKey: issuerKeys.publicKey,
    extensions: [
      certificateExtension('2.5.29.19', sequence(booleanTrue(), integer(Uint8Array.of(0))), true),
      // keyCertSign
      certificateExtension('2.5.29.15', bits(Uint8Array.of(0x04), 2), true),
      certificateExtension('2.5.29.14', octets(keyId)),
    ],
  });
  const certificate = createCertificate({
    ...common,
    subject: 'CESS gateway',
    publicKey: keys.publicKey,
    extensions: [
      certificateExtension('2.5.29.19', sequence(), true),
      // digitalSignature
      certificateExtension('2.5.29.15', bits(Uint8Array.of(0x80), 7), true),
      // serverAuth
      certificateExtension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
      certificateExtension('2.5.29.17', sequence(...init.hosts.map(alternativeName))),
      certificateExtension('2.5.29.35', sequence(der(0x80, keyId))),
    ],
  });
  return {
    authority: certificatePem(authority),
    certificate: certificatePem(certificate),
    key: privateKeyPem(keys.privateKey),
  };
}

function alternativeName(host: string): Uint8Array {
  return isIP(host) === 0 ? der(0x82, utf8(host)) : der(0x87, addressBytes(host));
}

function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.').map(Number));
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const groups = (part: string | undefined) => (part === undefined || part === '' ? [] : part.split(':'));
  const [first, last] = [groups(head), groups(tail)];
  const zeros = Array<string>(8 - first.length - last.length).fill('0');
  return Uint8Array.from(
    [...first, ...zeros, ...last].flatMap((group) => [...Buffer.from(group.padStart(4, '0'), 'hex')]),
  );
}
