// The vault of a fleet: none. The secrets of named keys lie in a file of one gateway, so that the others could not open the keys (ADR 64).
import { IamError, type KeyVault, type VaultEntry } from '@cess/accounts';

export const noKeyVault: KeyVault = {
  create(): VaultEntry {
    throw new IamError(
      'UnsupportedOperationException',
      'Gateways that share their index have no named keys. Use the keys of buckets, or keys that clients send.',
    );
  },
  find: () => undefined,
  destroy: () => {},
};
