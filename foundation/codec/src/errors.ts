// The two failures of this package. Decoding meets bytes from strangers (SCALE_MALFORMED); encoding meets values
// of our own code that the declared type cannot hold (SCALE_UNENCODABLE).
import { CessError } from '@cess/primitives';

/** Bytes that are not the canonical encoding of any value of the type. */
export function malformed(reason: string, offset: number): CessError<'SCALE_MALFORMED'> {
  return new CessError('SCALE_MALFORMED', `The bytes are not a valid SCALE encoding: ${reason} at byte ${offset}.`, {
    reason,
    offset,
  });
}

/** A value that its declared type cannot express. */
export function unencodable(type: string, value: unknown): CessError<'SCALE_UNENCODABLE'> {
  return new CessError('SCALE_UNENCODABLE', `The value does not fit the SCALE type ${type}.`, {
    type,
    value: String(value).slice(0, 80),
  });
}
