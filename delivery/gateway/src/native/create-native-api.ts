// The native API of a gateway, if it is configured.
import type { Logger } from '@cess/primitives';
import type { AuditTrail } from '../audit/audit-trail.js';
import type { NativeApiConfig } from '../gateway-config.js';
import type { CredentialStore } from '../s3/access/caller.js';
import type { ServedAccounts } from '../served-accounts.js';
import { NativeEndpoint } from './native-endpoint.js';
import { WalletCallers } from './wallet-caller.js';

export interface NativeApiParts {
  readonly served: Pick<ServedAccounts, 'current'>;
  readonly credentials: CredentialStore;
  readonly nowMs: () => number;
  readonly audit: Pick<AuditTrail, 'begin'>;
  readonly logger: Logger;
}

export function createNativeApi(
  config: NativeApiConfig | undefined,
  { served, credentials, nowMs, audit, logger }: NativeApiParts,
): NativeEndpoint | undefined {
  if (config === undefined) return undefined;
  const windowMs = config.signatureWindowMs;
  const wallets = new WalletCallers({ served: () => served.current, credentials, windowMs, nowMs });
  return new NativeEndpoint({ wallets, reads: config.reads, audit, logger: logger.child({ component: 'native' }) });
}
