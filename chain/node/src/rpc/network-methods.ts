// cess_networkRecords: who says what of itself in the peer-to-peer network.
import type { NetworkRole } from '@cess/network';
import type { Method } from './method.js';
import { invalidParams } from './rpc-error.js';

/** Not those of `@cess/network` itself: a node without a network does not load it. */
const roles: Readonly<Record<NetworkRole, true>> = {
  ...{ validator: true, node: true, provider: true, gateway: true, cache: true, 'tee-worker': true },
};

const networkRecords: Method = (params, { records }) => {
  const [role] = params;
  if (typeof role !== 'string' || !isRole(role)) {
    throw invalidParams(`"role" must be one of: ${Object.keys(roles).join(', ')}.`);
  }
  return records?.list(role) ?? null;
};

function isRole(text: string): text is NetworkRole {
  return Object.hasOwn(roles, text);
}

export const networkMethods: Readonly<Record<string, Method>> = { cess_networkRecords: networkRecords };
