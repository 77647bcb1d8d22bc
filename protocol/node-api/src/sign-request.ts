// Client side of docs/protocol/node-api.md §2: adds the signature headers to a request.
import { systemRng } from '@cess/crypto';
import { toHex } from '@cess/primitives';
import {
  coveredComponents,
  type SignedRequest,
  signatureBase,
  signatureHeader,
  signatureInputHeader,
  signatureLabel,
  signatureParametersText,
} from './message-signature.js';

/** The ed25519 identity of a node. */
export interface NodeSigner {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** The two signature headers for `request`. */
export function signRequest(request: SignedRequest, signer: NodeSigner, nowMs: number): Record<string, string> {
  const components = coveredComponents(request);
  const text = signatureParametersText(components, {
    created: Math.floor(nowMs / 1000),
    nonce: toHex(systemRng.bytes(16)),
    keyId: toHex(signer.publicKey),
  });
  const signature = signer.sign(signatureBase(request, text, components));
  return {
    [signatureInputHeader]: `${signatureLabel}=${text}`,
    [signatureHeader]: `${signatureLabel}=:${Buffer.from(signature).toString('base64')}:`,
  };
}
