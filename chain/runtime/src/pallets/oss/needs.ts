// What Oss needs of other pallets.
import type { Hold } from '../../shared-types.js';

export interface OssNeeds {
  /** Deposits for registrations of gateways. */
  registrations: Hold;
  /** Deposits for authorisations. */
  authorizations: Hold;
}
