// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

/** A refusal is temporary if the peer says so, or by its status: the peer failed, or is busy. */
const isRefusalRetryable = ({ retryable, status = 0 }: { readonly retryable?: boolean; readonly status?: number }) =>
  retryable ?? (status >= 500 || status === 429);

export const errors = declareErrors({
  ADMIN_REFUSED: {
    meaning: 'The running network refused a request on its admin socket.',
    remedy: 'Follow the advice in the message.',
    retryable: false,
  },
  ADMIN_TIMEOUT: {
    meaning: 'The running network did not answer on its admin socket in time.',
    remedy: 'Check the log of the network, then try again.',
    retryable: true,
  },
  BODY_BROKEN: {
    meaning: 'The body of a request ended early.',
    remedy: 'Send the request again.',
    retryable: true,
  },
  BODY_TOO_SLOW: {
    meaning: 'The body of a request arrives more slowly than the node accepts.',
    remedy: 'Send the request again over a faster link.',
    retryable: true,
  },
  BODY_TOO_LARGE: {
    meaning: 'The body of a request exceeds the limit of its route.',
    remedy: 'Send a smaller body.',
    retryable: false,
  },
  DIGEST_MISMATCH: {
    meaning: 'The body of a request does not match its Content-Digest.',
    remedy: 'Send the request again with the digest of its body.',
    retryable: false,
  },
  ENDPOINT_SCHEME: withData<{ readonly endpoint: string }>({
    meaning: 'The configured endpoint of a node has another scheme than its server speaks.',
    remedy: 'Write https:// where the server speaks TLS: on all addresses but loopback, and there with "tls": true.',
    retryable: false,
    isMisconfiguration: true,
  }),
  HEADER_MALFORMED: {
    meaning: 'A header of a request does not have the required form.',
    remedy: 'Send the header in the form that docs/protocol/node-api.md states.',
    retryable: false,
  },
  HOME_NOT_A_NETWORK: {
    meaning: 'The home folder holds no network.',
    remedy: 'Set CESS_HOME to the folder of a network.',
    retryable: false,
  },
  JSON_MALFORMED: {
    meaning: 'The body of a request is not JSON, or lacks a required field.',
    remedy: 'Send the body in the form that docs/protocol/node-api.md states.',
    retryable: false,
  },
  LENGTH_REQUIRED: {
    meaning: 'A request has no Content-Length.',
    remedy: 'Send the length of the body.',
    retryable: false,
  },
  METHOD_NOT_ALLOWED: {
    meaning: 'The path exists but does not support this method.',
    remedy: 'Use a method that docs/protocol/node-api.md lists.',
    retryable: false,
  },
  NETWORK_NOT_RUNNING: {
    meaning: 'No network runs for this home folder.',
    remedy: 'Start it with: npm start',
    retryable: true,
  },
  NODE_UNKNOWN: {
    meaning: 'The key that signed a request belongs to no registered node.',
    remedy: 'Register the node on chain; a new registration takes effect with the next finalized block.',
    retryable: false,
  },
  PROVIDER_BAD_RESPONSE: {
    meaning: 'A provider sent an answer that does not follow the protocol.',
    remedy: 'Report it to the operator of the provider; another provider is used.',
    retryable: true,
  },
  PROVIDER_REFUSED: withData<{
    readonly endpoint?: string;
    readonly status?: number;
    readonly providerCode: string;
    readonly retryAfterSeconds?: number;
    readonly retryable?: boolean;
  }>({
    meaning: 'A provider refused a request; `providerCode` is its reason.',
    remedy: 'Look up the reason in this table.',
    retryable: isRefusalRetryable,
  }),
  PROVIDER_STALLED: {
    meaning: 'A provider stopped answering in the middle of a call.',
    remedy: 'None; another provider is used, or the call is retried.',
    retryable: true,
  },
  PROVIDER_UNREACHABLE: withData<{ readonly endpoint?: string }>({
    meaning: 'A provider cannot be reached.',
    remedy: 'Check the network, and the endpoint that the provider registered on chain.',
    retryable: true,
  }),
  ROUTE_UNKNOWN: {
    meaning: 'The path of a request does not exist.',
    remedy: 'Use a path that docs/protocol/node-api.md lists.',
    retryable: false,
  },
  SIGNATURE_AUDIENCE: {
    meaning: 'A request was signed for another node.',
    remedy: 'Sign the request for the node that it is sent to.',
    retryable: false,
  },
  SIGNATURE_EXPIRED: {
    meaning: 'The signature of a request is too old or lies in the future.',
    remedy: 'Synchronise the clocks of both machines.',
    retryable: false,
  },
  SIGNATURE_INVALID: {
    meaning: 'The signature of a request does not verify.',
    remedy: 'Sign the request with the key that it names.',
    retryable: false,
  },
  SIGNATURE_MALFORMED: {
    meaning: 'The signature headers of a request do not have the right form.',
    remedy: 'Sign the request as docs/protocol/node-api.md states.',
    retryable: false,
  },
  SIGNATURE_MISSING: {
    meaning: 'A request that needs a signature has none.',
    remedy: 'Sign the request as docs/protocol/node-api.md states.',
    retryable: false,
  },
  SIGNATURE_REPLAYED: {
    meaning: 'A signed request arrived twice.',
    remedy: 'Sign every request with a new nonce.',
    retryable: false,
  },
  TEE_BAD_RESPONSE: {
    meaning: 'A TEE worker sent an answer that does not follow the protocol.',
    remedy: 'Report it to the operator of the worker; another worker is used.',
    retryable: true,
  },
  TEE_REFUSED: withData<{
    readonly endpoint?: string;
    readonly status?: number;
    readonly teeCode: string;
    readonly retryAfterSeconds?: number;
    readonly retryable?: boolean;
  }>({
    meaning: 'A TEE worker refused a request; `teeCode` is its reason.',
    remedy: 'Look up the reason in this table.',
    retryable: isRefusalRetryable,
  }),
  TEE_STALLED: {
    meaning: 'A TEE worker stopped answering in the middle of a call.',
    remedy: 'None; another worker is used, or the call is retried.',
    retryable: true,
  },
  TEE_UNREACHABLE: withData<{ readonly endpoint?: string }>({
    meaning: 'A TEE worker cannot be reached.',
    remedy: 'Check the network, and the endpoint that the worker registered on chain.',
    retryable: true,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
