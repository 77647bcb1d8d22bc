// Verifies the signature of a request and rejects replays: the server side of docs/protocol/node-api.md §2.
import { verifyEd25519 } from '@cess/crypto';
import { err, fromHex, ok, present, type Result, toHex } from '@cess/primitives';
import {
  coveredComponents,
  type SignedRequest,
  signatureBase,
  signatureHeader,
  signatureInputHeader,
  signatureParametersText,
} from './message-signature.js';
import type { ReplayGuard } from './replay-guard.js';
import { audienceHeader } from './routes.js';

/** Largest difference between `created` and the clock of this node, in either direction. */
export const maxClockSkewSeconds = 300;

export type RequestRefusal =
  | 'SIGNATURE_MISSING'
  | 'SIGNATURE_MALFORMED'
  | 'SIGNATURE_INVALID'
  | 'SIGNATURE_EXPIRED'
  | 'SIGNATURE_REPLAYED'
  | 'SIGNATURE_AUDIENCE';

export interface VerifyContext {
  /** The key of this node. Requests for another node are rejected. */
  readonly audience: Uint8Array;
  readonly nowMs: number;
  readonly replayGuard: ReplayGuard;
}

const inputPattern =
  /^cess=(\((?:"[@a-z0-9-]+"(?: "[@a-z0-9-]+")*)\);created=(\d{1,12});nonce="([0-9a-f]{32})";keyid="([0-9a-f]{64})";alg="ed25519")$/;
const signaturePattern = /^cess=:([A-Za-z0-9+/]{86}==):$/;

/** The public key that signed the request. On an error the caller answers 401 with the code. */
export function verifyRequest(request: SignedRequest, context: VerifyContext): Result<Uint8Array, RequestRefusal> {
  const input = request.headers[signatureInputHeader];
  const signature = request.headers[signatureHeader];
  if (input === undefined || signature === undefined) return err('SIGNATURE_MISSING');
  const inputMatch = inputPattern.exec(input);
  const signatureMatch = signaturePattern.exec(signature);
  if (inputMatch === null || signatureMatch === null) return err('SIGNATURE_MALFORMED');
  if (request.headers[audienceHeader] !== toHex(context.audience)) return err('SIGNATURE_AUDIENCE');
  const created = Number(inputMatch[2]);
  const nonce = present(inputMatch[3], 'the nonce');
  const keyId = present(inputMatch[4], 'the key id');
  const nowSeconds = Math.floor(context.nowMs / 1000);
  if (Math.abs(nowSeconds - created) > maxClockSkewSeconds) return err('SIGNATURE_EXPIRED');
  const components = coveredComponents(request);
  const text = signatureParametersText(components, { created, nonce, keyId });
  if (text !== inputMatch[1]) return err('SIGNATURE_MALFORMED');
  const key = fromHex(keyId);
  const base = signatureBase(request, text, components);
  if (!verifyEd25519(new Uint8Array(Buffer.from(present(signatureMatch[1], 'the signature'), 'base64')), base, key))
    return err('SIGNATURE_INVALID');
  if (!context.replayGuard.admit(keyId, nonce, created, nowSeconds)) return err('SIGNATURE_REPLAYED');
  return ok(key);
}
