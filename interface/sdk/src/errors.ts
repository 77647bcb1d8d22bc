// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

const tooManyRequests = 429;
const firstServerError = 500;

export const errors = declareErrors({
  ADDRESS_INVALID: {
    meaning: 'A text is no SS58 address.',
    remedy: 'Copy the address again.',
    retryable: false,
  },
  GATEWAY_ANSWER_MALFORMED: withData<{ readonly operation: string }>({
    meaning: 'The gateway answered with something that is not an answer of its API.',
    remedy: 'Check the endpoint: it must be that of the S3 port of a CESS gateway.',
    retryable: false,
  }),
  GATEWAY_OPERATION_REFUSED: withData<{
    readonly status: number;
    readonly code: string;
    readonly operationCode?: string;
  }>({
    meaning: 'The gateway refused an operation of its admin API, or a sign-in; `code` says why.',
    remedy: 'Follow the message; AccessDenied needs another policy or another wallet.',
    retryable: ({ status }) => status === tooManyRequests || status >= firstServerError,
  }),
  SEALED_OBJECT_INVALID: withData<{ readonly reason: string }>({
    meaning:
      'An object does not open: it is not sealed, was sealed with another key or for another name, or was changed.',
    remedy:
      'Use the key with which it was stored, under the name under which it was stored; if both are right, the gateway returned something else.',
    retryable: false,
  }),
  SIGN_IN_WALLET_UNUSABLE: {
    meaning: 'A wallet does not sign texts, so that nobody can sign in with it.',
    remedy: 'Choose another wallet.',
    retryable: false,
  },
  STORAGE_DOWNLOAD_BROKEN: withData<{ readonly receivedBytes: number }>({
    meaning: 'A download broke, and went on to break at every attempt to continue it.',
    remedy: 'Try again; what arrived need not be read again if the range begins behind it.',
    retryable: true,
  }),
  STORAGE_NOT_FOUND: withData<{ readonly code: string; readonly requestId: string }>({
    meaning: 'There is no such bucket, object, version or upload.',
    remedy: 'Check the names; HEAD and GET of objects need the right to read them.',
    retryable: false,
  }),
  STORAGE_OBJECT_CHANGED: {
    meaning: 'The object was overwritten while it was read.',
    remedy: 'Read it again from the start, or name a version.',
    retryable: true,
  },
  STORAGE_REFUSED: withData<{ readonly status: number; readonly code: string; readonly requestId: string }>({
    meaning: 'The gateway refused a request; `code` is that of S3.',
    remedy: 'Follow the message; AccessDenied needs another policy, SlowDown a pause.',
    retryable: ({ status }) => status === tooManyRequests || status >= firstServerError,
  }),
  STORAGE_TIMEOUT: withData<{ readonly limitMs: number }>({
    meaning: 'The gateway accepted a connection and then sent nothing for `limitMs`.',
    remedy: 'Try again; for slow connections, give `createStorage` a longer `idleTimeoutMs`.',
    retryable: true,
  }),
  STORAGE_UNREACHABLE: {
    meaning: 'The gateway cannot be reached, or the connection broke.',
    remedy: 'Check the endpoint and the network; in a browser also the CORS rules of the bucket.',
    retryable: true,
  },
  STORAGE_UPLOAD_STATE_INVALID: withData<{ readonly reason: string }>({
    meaning: 'The stored state of an upload does not belong to this upload, or the upload is gone.',
    remedy: 'Upload again without a state.',
    retryable: false,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
