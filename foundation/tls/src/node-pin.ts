// What binds a TLS certificate to the ed25519 key of a node: a name in the certificate with the node key and its signature over
// the TLS key and the validity (ADR 85). The TLS key is made for the certificate, so the node key never leaves its holder, which
// may be an enclave. Everything else that the certificate says is ignored.
import type { X509Certificate } from 'node:crypto';
import { verifyEd25519 } from '@cess/crypto';
import { concatBytes, equalBytes, err, fromHex, ok, type Result, toHex, utf8 } from '@cess/primitives';

/** Why a certificate does not prove the key of a node. */
export type PinRefusal =
  | 'no-certificate'
  | 'no-binding'
  | 'other-key'
  | 'signature-invalid'
  | 'expired'
  | 'not-yet-valid'
  | 'malformed';

/** The TLS key that a node key vouches for. */
export interface TlsBinding {
  /** SubjectPublicKeyInfo as DER. */
  readonly spki: Uint8Array;
  /** Unix seconds, as in the certificate. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const domain = utf8('CESS/tls/v1');
const namePattern = /^URI:cess-node:([0-9a-f]{64}):([0-9a-f]{128})$/;

/** What the node key signs: "CESS/tls/v1" ‖ u64 notBefore ‖ u64 notAfter ‖ SPKI; integers little-endian. */
export function tlsBindingMessage({ spki, notBefore, notAfter }: TlsBinding): Uint8Array {
  const times = new Uint8Array(16);
  const view = new DataView(times.buffer);
  view.setBigUint64(0, BigInt(notBefore), true);
  view.setBigUint64(8, BigInt(notAfter), true);
  return concatBytes(domain, times, spki);
}

/** The name in the certificate (a URI in `subjectAltName`). */
export function bindingName(nodeKey: Uint8Array, signature: Uint8Array): string {
  return `cess-node:${toHex(nodeKey)}:${toHex(signature)}`;
}

/** Unix milliseconds at which the certificate ends, if it proves the node key. */
export function checkNodeCertificate(
  certificate: X509Certificate | undefined,
  nodeKey: Uint8Array,
  nowMs: number,
): Result<number, PinRefusal> {
  if (certificate === undefined) return err('no-certificate');
  const [, key, signature] = namePattern.exec(certificate.subjectAltName ?? '') ?? [];
  if (key === undefined || signature === undefined) return err('no-binding');
  if (!equalBytes(fromHex(key), nodeKey)) return err('other-key');
  const binding = bindingOf(certificate);
  if (binding === undefined) return err('malformed');
  if (!verifyEd25519(fromHex(signature), tlsBindingMessage(binding), nodeKey)) return err('signature-invalid');
  if (nowMs < binding.notBefore * 1000) return err('not-yet-valid');
  if (nowMs >= binding.notAfter * 1000) return err('expired');
  return ok(binding.notAfter * 1000);
}

/** Undefined for keys and times that a node does not write. */
function bindingOf({ publicKey, validFrom, validTo }: X509Certificate): TlsBinding | undefined {
  const [notBefore, notAfter] = [Date.parse(validFrom) / 1000, Date.parse(validTo) / 1000];
  if (!Number.isSafeInteger(notBefore) || !Number.isSafeInteger(notAfter) || notBefore < 0 || notAfter < 0)
    return undefined;
  try {
    return { spki: publicKey.export({ type: 'spki', format: 'der' }), notBefore, notAfter };
  } catch {
    return undefined;
  }
}
