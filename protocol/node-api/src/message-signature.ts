// HTTP message signatures (RFC 9421) with ed25519, in the profile that the nodes of the network use:
//   label `cess`, components in this order: "@method" "@path" "@query" "cess-audience" and, when the message has a
//   body, "content-digest" (RFC 9530, sha-256) or "cess-fragment-root"; on uploads also "cess-gateway", on requests for
//   tags "cess-tag-key";
//   parameters created, nonce, keyid (hex of the key), alg="ed25519".
// The verifier computes the signature base from the message itself.
import { sha256 } from '@cess/crypto';
import { utf8 } from '@cess/primitives';
import { audienceHeader, fragmentRootHeader, fragmentTagKeyHeader, gatewayHeader } from './routes.js';

export const signatureLabel = 'cess';
export const signatureHeader = 'signature';
export const signatureInputHeader = 'signature-input';
export const contentDigestHeader = 'content-digest';

/** The signed parts of a request. `path` and `query` are as on the wire (query with its `?`, or empty). */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Lower-case header names. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SignatureParameters {
  /** Unix seconds. */
  readonly created: number;
  /** 16 random bytes as hex. */
  readonly nonce: string;
  /** Public key of the signer, 64 hex digits. */
  readonly keyId: string;
}

/** The components that the signature of this message must cover. */
export function coveredComponents(request: SignedRequest): readonly string[] {
  const components = ['@method', '@path', '@query', audienceHeader];
  for (const name of [contentDigestHeader, fragmentRootHeader, gatewayHeader, fragmentTagKeyHeader]) {
    if (request.headers[name] !== undefined) components.push(name);
  }
  return components;
}

/** The value of `Signature-Input` without its label: component list and parameters. */
export function signatureParametersText(components: readonly string[], parameters: SignatureParameters): string {
  const list = components.map((name) => `"${name}"`).join(' ');
  return `(${list});created=${parameters.created};nonce="${parameters.nonce}";keyid="${parameters.keyId}";alg="ed25519"`;
}

/** The signature base of RFC 9421 §2.5. */
export function signatureBase(
  request: SignedRequest,
  parametersText: string,
  components: readonly string[],
): Uint8Array {
  const lines = components.map((name) => `"${name}": ${componentValue(request, name)}`);
  lines.push(`"@signature-params": ${parametersText}`);
  return utf8(lines.join('\n'));
}

/** `Content-Digest` of a body (RFC 9530). */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${Buffer.from(sha256(body)).toString('base64')}:`;
}

function componentValue(request: SignedRequest, name: string): string {
  switch (name) {
    case '@method':
      return request.method;
    case '@path':
      return request.path;
    case '@query':
      return request.query === '' ? '?' : request.query;
    default:
      return (request.headers[name] ?? '').trim();
  }
}
