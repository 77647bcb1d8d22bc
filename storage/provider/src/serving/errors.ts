// Maps the error codes of a provider to HTTP statuses.
import type { ServerNames } from '@cess/node-api';
import { CessError } from '@cess/primitives';

export { RequestRefused } from '@cess/node-api';

export const providerNames: ServerNames = {
  name: 'provider',
  portInUse: (...details) => new CessError('PROVIDER_PORT_IN_USE', ...details),
  listen: (...details) => new CessError('PROVIDER_LISTEN', ...details),
  busy: 'PROVIDER_BUSY',
  internal: 'PROVIDER_INTERNAL',
  statusOfCode: {
    FRAGMENT_INVALID: 400,
    FRAGMENT_LENGTH: 400,
    FRAGMENT_BODY_BROKEN: 400,
    FRAGMENT_NOT_FOUND: 404,
    FRAGMENT_OWNED: 409,
    FRAGMENT_RANGE: 416,
    FRAGMENT_ROOT_MISMATCH: 422,
    FRAGMENT_STORE_FULL: 507,
    FRAGMENT_STORE_FAILED: 503,
    FRAGMENT_STORE_IO: 503,
    FRAGMENT_STORE_PERMISSION: 503,
    FRAGMENT_STORE_CLOSED: 503,
    FRAGMENT_STORE_GONE: 503,
    ABORTED: 503,
  },
};
