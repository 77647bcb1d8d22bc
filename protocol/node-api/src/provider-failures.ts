// What calls to providers fail with: coded errors that say what the provider did.
import { CessError } from '@cess/primitives';

export function badResponse(message: string, cause?: unknown): CessError {
  return new CessError('PROVIDER_BAD_RESPONSE', message, {}, cause === undefined ? undefined : { cause });
}

export function stalled(): CessError {
  return new CessError('PROVIDER_STALLED', 'The provider stopped answering.');
}

/** A coded error stays what it is. */
export function unreachable(endpoint: string, cause: unknown): CessError {
  if (cause instanceof CessError) return cause;
  return new CessError('PROVIDER_UNREACHABLE', 'The provider could not be reached.', { endpoint }, { cause });
}

/** `json` is the body of the answer, whatever it holds. */
export function refused(endpoint: string, status: number, json: unknown): CessError {
  const stated = (json as { code?: unknown } | null | undefined)?.code;
  const code = typeof stated === 'string' ? stated.slice(0, 64) : 'unknown';
  return new CessError('PROVIDER_REFUSED', `The provider refused the request (${status} ${code}).`, {
    endpoint,
    status,
    providerCode: code,
  });
}
