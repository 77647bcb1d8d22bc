// A certificate for development (RFC 5280): of an authority that exists for this certificate alone and whose key is thrown away, so
// that trusting it trusts nothing else. ECDSA with P-256 and SHA-256.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import { utf8 } from '@cess/primitives';
import { bits, booleanTrue, der, explicit, integer, octets, oid, sequence, setOf, text, time } from './der.js';

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

interface CertificateInit extends DevelopmentCertificateInit {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuerKeys: KeyPair;
  readonly extensions: readonly Uint8Array[];
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const dayMs = 24 * 3_600_000;
/** Clocks of clients may be behind. */
const slackMs = 3_600_000;
const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
const authorityName = 'CESS development';

export function createDevelopmentCertificate(init: DevelopmentCertificateInit): DevelopmentCertificate {
  const issuerKeys = createKeys();
  const keys = createKeys();
  const common = { ...init, issuer: authorityName, issuerKeys };
  const keyId = keyIdOf(issuerKeys.publicKey);
  const authority = createCertificate({
    ...common,
    subject: authorityName,
    publicKey: issuerKeys.publicKey,
    extensions: [
      extension('2.5.29.19', sequence(booleanTrue(), integer(Uint8Array.of(0))), true),
      // keyCertSign
      extension('2.5.29.15', bits(Uint8Array.of(0x04), 2), true),
      extension('2.5.29.14', octets(keyId)),
    ],
  });
  const certificate = createCertificate({
    ...common,
    subject: 'CESS gateway',
    publicKey: keys.publicKey,
    extensions: [
      extension('2.5.29.19', sequence(), true),
      // digitalSignature
      extension('2.5.29.15', bits(Uint8Array.of(0x80), 7), true),
      // serverAuth
      extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
      extension('2.5.29.17', sequence(...init.hosts.map(alternativeName))),
      extension('2.5.29.35', sequence(der(0x80, keyId))),
    ],
  });
  const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { authority: pem(authority), certificate: pem(certificate), key };
}

function createKeys(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function createCertificate(init: CertificateInit): Uint8Array {
  const { nowMs, days, issuer, subject, publicKey, issuerKeys, extensions } = init;
  const body = sequence(
    // Version 3.
    explicit(0, integer(Uint8Array.of(2))),
    integer(Uint8Array.of(1, ...randomBytes(15))),
    ecdsaWithSha256,
    commonName(issuer),
    sequence(time(nowMs - slackMs), time(nowMs + days * dayMs)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  );
  return sequence(body, ecdsaWithSha256, bits(sign('sha256', body, issuerKeys.privateKey)));
}

function commonName(name: string): Uint8Array {
  return sequence(setOf(sequence(oid('2.5.4.3'), text(name))));
}

function extension(id: string, value: Uint8Array, isCritical = false): Uint8Array {
  return sequence(oid(id), ...(isCritical ? [booleanTrue()] : []), octets(value));
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

function keyIdOf(publicKey: KeyObject): Uint8Array {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20);
}

function pem(certificate: Uint8Array): string {
  const lines = Buffer.from(certificate)
    .toString('base64')
    .replace(/(.{64})(?=.)/g, '$1\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
