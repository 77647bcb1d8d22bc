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
  PROVIDER_BAD_RECEIPT: withData<{ readonly provider: number }>({
    meaning: 'A provider sent a receipt or attestation that does not verify.',
    remedy: 'Report it to the operator of the provider; another provider is used.',
    retryable: true,
  }),
  SPILL_FAILED: {
    meaning: 'The disk on which a gateway keeps bytes of slow clients failed or is full.',
    remedy: 'Free space on the disk of the gateway, or replace it; retry the request.',
    retryable: true,
  },
  SPILL_FULL: {
    meaning: 'A gateway keeps as many bytes of slow clients on disk as one client may have.',
    remedy: 'Retry later, with fewer slow requests at a time.',
    retryable: true,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}

const messages = {
  GATEWAY_KEY_MISSING: 'This gateway holds no key for the bucket; its owner must authorise the gateway.',
  GATEWAY_TOO_FEW_PROVIDERS: 'Too few storage providers accept data at the moment; try again later.',
  GATEWAY_UNREADABLE: 'Too few fragments of this object can be read at the moment; try again later.',
} as const;

/** An error of the data path that users of a gateway see, with its message. */
export function dataPathError<Code extends keyof typeof messages>(
  code: Code,
  ...details: ErrorDetails<Code>
): CessError<Code> {
  return new CessError(code, messages[code], ...details);
}
