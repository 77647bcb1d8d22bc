// Space that this gateway may acknowledge (docs/protocol/data-path.md §10): what the chain has locked for it in a
// territory, less what is stored but not yet declared. The chain may stall; inside the quota uploads go on.
import { toHex } from '@cess/primitives';
import type { GatewayChain } from '../chain-port.js';
import { quotaExceeded } from '../errors.js';

/** Owner and name of a territory. */
export interface TerritoryName {
  readonly owner: Uint8Array;
  readonly territory: string;
}

interface Account {
  readonly name: TerritoryName;
  /** Locked on chain when last asked, less what has been declared since. */
  lockedBytes: number;
  /** Stored or being stored, not yet declared. */
  pendingBytes: number;
}

export class QuotaLedger {
  readonly #accounts = new Map<string, Account>();

  constructor(private readonly chain: Pick<GatewayChain, 'lockedQuota'>) {}

  /** Reads the chain's figure. Only while nothing is being declared or deleted. */
  async refresh(name: TerritoryName): Promise<void> {
    const locked = await this.chain.lockedQuota(name.owner, name.territory);
    this.#account(name).lockedBytes = locked;
  }

  /** Reads the chain's figures of all territories in use. */
  async refreshAll(): Promise<void> {
    for (const { name } of [...this.#accounts.values()]) await this.refresh(name);
  }

  /** Takes space for an upload. Throws `GATEWAY_QUOTA_EXCEEDED`. */
  reserve(name: TerritoryName, bytes: number): void {
    const account = this.#account(name);
    const availableBytes = account.lockedBytes - account.pendingBytes;
    if (bytes > availableBytes) throw quotaExceeded(availableBytes, bytes);
    account.pendingBytes += bytes;
  }

  /** At start: what the outbox still has to declare counts without a check, it is acknowledged already. */
  restore(name: TerritoryName, bytes: number): void {
    this.#account(name).pendingBytes += bytes;
  }

  /** An upload that was not entered gives its space back. */
  release(name: TerritoryName, bytes: number): void {
    this.#account(name).pendingBytes -= bytes;
  }

  /** A declaration is final: the chain has taken the bytes out of the quota. */
  declared(name: TerritoryName, bytes: number): void {
    const account = this.#account(name);
    account.pendingBytes -= bytes;
    account.lockedBytes -= bytes;
  }

  /** A deletion is final: the chain has put the bytes back into the quota. */
  returned(name: TerritoryName, bytes: number): void {
    this.#account(name).lockedBytes += bytes;
  }

  availableBytes(name: TerritoryName): number {
    const { lockedBytes, pendingBytes } = this.#account(name);
    return lockedBytes - pendingBytes;
  }

  /** What `availableBytes` says of every territory in use. */
  allAvailableBytes(): number[] {
    return [...this.#accounts.values()].map(({ lockedBytes, pendingBytes }) => lockedBytes - pendingBytes);
  }

  #account({ owner, territory }: TerritoryName): Account {
    const key = `${toHex(owner)}/${territory}`;
    let account = this.#accounts.get(key);
    if (account === undefined) {
      account = { name: { owner, territory }, lockedBytes: 0, pendingBytes: 0 };
      this.#accounts.set(key, account);
    }
    return account;
  }
}
