// The second factor of a request: `x-amz-mfa` with the serial number of an MFA device, a space, and the code that it shows.
import { IamError } from '@cess/accounts';
import type { Precondition } from '@cess/object-index';
import { mfaDeleteOf } from '../configurations/mfa-delete.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';

type Prover = Pick<S3Context, 'headers' | 'caller' | 'mfaDevices' | 'nowMs'>;

/** Uses up the code. Throws AccessDenied unless the request proves a device of its caller. */
export async function requireSecondFactor({ headers, caller, mfaDevices, nowMs }: Prover): Promise<void> {
  const [, serial, code] = /^(\S+) +(\d{6})$/.exec(headers['x-amz-mfa']?.trim() ?? '') ?? [];
  const { principal } = caller;
  const mayHaveDevice = principal.kind === 'root' || principal.kind === 'user';
  if (serial === undefined || code === undefined || !mayHaveDevice) throw noFactor();
  try {
    await mfaDevices.useDeviceCode({ principal, serial, code }, nowMs());
  } catch (error) {
    if (!(error instanceof IamError) || error.code !== 'AccessDenied') throw error;
    throw new S3Error('AccessDenied', { message: error.message, cause: error });
  }
}

/** The check of a deletion without a second factor, in its transaction: MFA delete may have been enabled since. */
export function withoutSecondFactor(check: Precondition | undefined): Precondition {
  return (current, bucket) => {
    if (mfaDeleteOf(bucket) === 'Enabled') throw noFactor();
    check?.(current, bucket);
  };
}

function noFactor(): S3Error {
  return new S3Error('AccessDenied', { message: 'Mfa Authentication must be used for this request.' });
}
