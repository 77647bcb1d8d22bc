// The error codes of this package (docs/errors.md lists those of all packages).
import { CessError, type DataOf, declareErrors, type ErrorDetails, withData } from '@cess/primitives';

export const errors = declareErrors({
  BODY_TOO_LONG: {
    meaning: 'The body of an upload is longer than announced.',
    remedy: 'Send the body with its right length.',
    retryable: false,
  },
  BODY_TOO_SHORT: {
    meaning: 'The body of an upload ended early.',
    remedy: 'Send the request again.',
    retryable: true,
  },
  GATEWAY_KEY_MISSING: {
    meaning: 'The gateway holds no key for the bucket.',
    remedy: 'The owner of the bucket must authorise the gateway.',
    retryable: false,
  },
  GATEWAY_QUOTA_EXCEEDED: withData<{ readonly availableBytes: number; readonly neededBytes: number }>({
    meaning: 'The territory has no space left that is locked for this gateway.',
    remedy: 'Expand the territory or lock more quota.',
    retryable: false,
  }),
  GATEWAY_TOO_FEW_PROVIDERS: withData<{
    readonly eligible?: number;
    readonly placed?: number;
    readonly needed?: number;
  }>({
    meaning: 'Too few providers accept data at the moment.',
    remedy: 'Try again later; bring more providers online.',
    retryable: true,
  }),
  GATEWAY_UNREADABLE: withData<{ readonly fetched?: number; readonly needed?: number }>({
    meaning: 'Too few fragments of an object can be read at the moment.',
    remedy: 'Try again later; bring the providers of the object back online.',
    retryable: true,
  }),
  LISTEN_FAILED: withData<{ readonly host: string; readonly port: number }>({
    meaning: 'The S3 server cannot listen on its address.',
    remedy: 'Check the address and port in the configuration.',
    retryable: false,
  }),
  PORT_IN_USE: withData<{ readonly host: string; readonly port: number }>({
    meaning: 'Another program uses a port of the gateway or of the network.',
    remedy: 'Stop that program or configure another port.',
    retryable: false,
  }),
  PROVIDER_BAD_RECEIPT: withData<{ readonly miner: number }>({
    meaning: 'A provider sent a receipt or attestation that does not verify.',
    remedy: 'Report it to the operator of the provider; another provider is used.',
    retryable: true,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}

export type GatewayErrorCode =
  | 'GATEWAY_TOO_FEW_PROVIDERS'
  | 'GATEWAY_QUOTA_EXCEEDED'
  | 'GATEWAY_UNREADABLE'
  | 'GATEWAY_KEY_MISSING';

const messages: Readonly<Record<GatewayErrorCode, string>> = {
  GATEWAY_TOO_FEW_PROVIDERS: 'Too few storage providers accept data at the moment; try again later.',
  GATEWAY_QUOTA_EXCEEDED:
    'The territory has no space left that is locked for this gateway; expand the territory or lock more quota.',
  GATEWAY_UNREADABLE: 'Too few fragments of this object can be read at the moment; try again later.',
  GATEWAY_KEY_MISSING: 'This gateway holds no key for the bucket; its owner must authorise the gateway.',
};

export function gatewayError<Code extends GatewayErrorCode>(
  code: Code,
  ...details: ErrorDetails<Code>
): CessError<Code> {
  return new CessError(code, messages[code], ...details);
}
