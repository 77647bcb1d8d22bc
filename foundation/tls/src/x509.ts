// X.509 certificates of version 3 (RFC 5280) for ECDSA keys on P-256, signed with SHA-256.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bits, booleanTrue, explicit, integer, octets, oid, sequence, setOf, text, time } from './der.js';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export interface CertificateInit {
  /** Common names. */
  readonly issuer: string;
  readonly subject: string;
  /** Unix milliseconds; the certificate has whole seconds. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKey: KeyObject;
  readonly issuerKeys: KeyPair;
  readonly extensions: readonly Uint8Array[];
}

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));

export function createCertificateKeys(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** The certificate as DER. */
export function createCertificate(init: CertificateInit): Uint8Array {
  const { notBeforeMs, notAfterMs, issuer, subject, publicKey, issuerKeys, extensions } = init;
  const body = sequence(
    // Version 3.
    explicit(0, integer(Uint8Array.of(2))),
    integer(Uint8Array.of(1, ...randomBytes(15))),
    ecdsaWithSha256,
    commonName(issuer),
    sequence(time(notBeforeMs), time(notAfterMs)),
    commonName(subject),
    spkiOf(publicKey),
    explicit(3, sequence(...extensions)),
  );
  return sequence(body, ecdsaWithSha256, bits(sign('sha256', body, issuerKeys.privateKey)));
}

export function certificateExtension(id: string, value: Uint8Array, isCritical = false): Uint8Array {
  return sequence(oid(id), ...(isCritical ? [booleanTrue()] : []), octets(value));
}

/** SubjectPublicKeyInfo as DER. */
export function spkiOf(publicKey: KeyObject): Uint8Array {
  return publicKey.export({ type: 'spki', format: 'der' });
}

/** Key identifier: the first 20 bytes of SHA-256 of the key (RFC 7093 §2). */
export function keyIdOf(publicKey: KeyObject): Uint8Array {
  return createHash('sha256').update(spkiOf(publicKey)).digest().subarray(0, 20);
}

export function certificatePem(certificate: Uint8Array): string {
  const lines = Buffer.from(certificate)
    .toString('base64')
    .replace(/(.{64})(?=.)/g, '$1\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

export function privateKeyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function commonName(name: string): Uint8Array {
  return sequence(setOf(sequence(oid('2.5.4.3'), text(name))));
}
