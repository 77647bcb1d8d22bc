// Errors of the data path; s3/errors.ts says what an S3 client is told of them.
import { CessError } from '@cess/primitives';

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

export function gatewayError(
  code: GatewayErrorCode,
  data: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): CessError<GatewayErrorCode> {
  return new CessError(code, messages[code], data, { cause });
}
