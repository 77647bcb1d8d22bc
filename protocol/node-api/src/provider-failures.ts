// The error codes of calls to providers.
import { CessError } from '@cess/primitives';
import { PeerFailures } from './peer-failures.js';

export const providerFailures = new PeerFailures({
  name: 'provider',
  stalled: 'PROVIDER_STALLED',
  unreachable: 'PROVIDER_UNREACHABLE',
  refused: (message, providerCode, data) => new CessError('PROVIDER_REFUSED', message, { ...data, providerCode }),
  badResponse: 'PROVIDER_BAD_RESPONSE',
});
