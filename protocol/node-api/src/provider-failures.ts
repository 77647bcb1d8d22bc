// The codes of failing calls to providers.
import { PeerFailures } from './peer-failures.js';

export const providerFailures = new PeerFailures({
  name: 'provider',
  stalled: 'PROVIDER_STALLED',
  unreachable: 'PROVIDER_UNREACHABLE',
  refused: 'PROVIDER_REFUSED',
  refusedCodeField: 'providerCode',
  badResponse: 'PROVIDER_BAD_RESPONSE',
});
