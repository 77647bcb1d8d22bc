// Where the secrets live that named keys cannot be opened without, outside of the account store. A store on disk keeps bytes of deleted
// records in free pages and in backups; the vault overwrites an entry in place, so that a deleted key is gone (ADR 64).

export interface VaultEntry {
  /** 16 random bytes. */
  readonly id: Uint8Array;
  /** 32 random bytes. */
  readonly secret: Uint8Array;
}

/** Synchronous: creations and deletions of keys are rare, and happen inside of transactions. */
export interface KeyVault {
  /** A new entry, which is durable on return. */
  create(): VaultEntry;
  /** Undefined for an entry that was destroyed. */
  find(id: Uint8Array): Uint8Array | undefined;
  /** Overwrites the entry; durable on return. Nothing happens to an entry that does not exist. */
  destroy(id: Uint8Array): void;
}
