// Requests to the native API of a test gateway, signed by a wallet.
import { createSr25519Signer, encodeSs58 } from '@cess/crypto';
import { utf8 } from '@cess/primitives';
import type { TestGateway } from './test-gateway.js';

export const aliceWallet = createSr25519Signer(new Uint8Array(32).fill(21));
export const bobWallet = createSr25519Signer(new Uint8Array(32).fill(22));
export const aliceAddress = encodeSs58(aliceWallet.publicKey, 11330);

export interface NativeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** Undefined unless the answer is JSON. */
  readonly json: NativeJson | undefined;
}

interface NativeJson {
  readonly code: number;
  readonly msg: string;
  readonly data: unknown;
  readonly error?: string;
  readonly next?: string | null;
}

interface NativeRequest {
  /** Default: a valid signature of Alice's wallet for the territory `default`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | FormData;
}

export type Native = (method: string, path: string, request?: NativeRequest) => Promise<NativeAnswer>;

/** Headers of a message that the SDK would sign now. */
export function signedHeaders(
  message = `<Bytes>cess-js-sdk-${Date.now()}</Bytes>`,
  wallet = aliceWallet,
): Record<'Account' | 'Territory' | 'Message' | 'Signature', string> {
  return {
    Account: encodeSs58(wallet.publicKey, 11330),
    Territory: 'default',
    Message: message,
    Signature: Buffer.from(wallet.sign(utf8(message))).toString('hex'),
  };
}

/** `path` is below the prefix of the API. */
export function nativeClient(test: () => TestGateway): Native {
  return async (method, path, { headers = signedHeaders(), body } = {}) => {
    const url = `${test().gateway.s3Endpoint}/.native${path}`;
    const response = await fetch(url, {
      method,
      headers: { ...headers },
      ...(body === undefined ? {} : { body: body instanceof Uint8Array ? Buffer.from(body) : body }),
      redirect: 'manual',
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const isJson = response.headers.get('content-type') === 'application/json';
    const json = isJson ? (JSON.parse(Buffer.from(bytes).toString()) as NativeJson) : undefined;
    return { status: response.status, headers: response.headers, bytes, json };
  };
}
