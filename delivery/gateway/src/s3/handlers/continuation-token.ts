// Continuation tokens of listings: the last name shown, in base64url.
import { S3Error } from '../errors.js';

export function encodeToken(name: string): string {
  return Buffer.from(name).toString('base64url');
}

/** Throws InvalidArgument for anything that `encodeToken` does not produce. */
export function decodeToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString('utf8');
  if (token === '' || encodeToken(name) !== token) {
    throw new S3Error('InvalidArgument', { message: 'The continuation token provided is incorrect.' });
  }
  return name;
}
