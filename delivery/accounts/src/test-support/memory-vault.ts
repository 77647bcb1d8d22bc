// A vault of named keys in memory.
import { randomBytes } from 'node:crypto';
import { toHex } from '@cess/primitives';
import type { KeyVault } from '../named-keys/key-vault.js';

export function createMemoryVault(): KeyVault {
  const entries = new Map<string, Uint8Array>();
  return {
    create() {
      const [id, secret] = [new Uint8Array(randomBytes(16)), new Uint8Array(randomBytes(32))];
      entries.set(toHex(id), secret);
      return { id, secret };
    },
    find: (id) => entries.get(toHex(id)),
    destroy: (id) => void entries.delete(toHex(id)),
  };
}
