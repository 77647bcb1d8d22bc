// Space that this gateway may acknowledge (docs/protocol/data-path.md §10): the space locked for it on chain in a
// territory, minus bytes stored but not yet declared. While the chain stalls, uploads continue within the quota.
import type { IndexChange, TerritoryName } from '@cess/object-index';
import { toHex } from '@cess/primitives';
import type { GatewayChain } from '../chain-port.js';
import { quotaExceeded } from '../errors.js';

interface Account {
  readonly name: TerritoryName;
  /** Bytes locked on chain at the last read, minus bytes declared since. */
  lockedBytes: number;
  /** Bytes stored or being stored, not yet declared. */
  pendingBytes: number;
}

type SizedFile = TerritoryName & { readonly storedBytes: number };

/** Files that leave the outbox. */
export interface SettledFiles {
  /** The chain has recorded them, and deducted their bytes from the quota. */
  readonly declared: readonly SizedFile[];
  /** The chain has deleted them, and returned their bytes to the quota. */
  readonly deleted: readonly SizedFile[];
  /** They were deleted before the chain had them. */
  readonly dropped: readonly SizedFile[];
}

/** Keeps quotas over restarts, so that a start does not need the chain. */
export interface QuotaMemory {
  lockedQuota(name: TerritoryName): number | undefined;
  rememberQuotas(quotas: readonly (readonly [TerritoryName, number])[]): Promise<void>;
}

/** Space that a gateway may acknowledge, alone or with others (fleet/fleet-quota.ts). */
export interface Quota extends Omit<Pick<QuotaLedger, keyof QuotaLedger>, 'reserve'> {
  /** Throws `GATEWAY_QUOTA_EXCEEDED`. */
  reserve(name: TerritoryName, bytes: number): void | Promise<void>;
}

export class QuotaLedger {
  readonly #accounts = new Map<string, Account>();
  /** Territories added since the start whose quota is not read yet. */
  #added: readonly TerritoryName[] = [];

  constructor(
    private readonly chain: Pick<GatewayChain, 'lockedQuota' | 'isConnected'>,
    private readonly memory?: QuotaMemory,
  ) {}

  /** At start: reads the quota from the chain, or takes the remembered one while the chain cannot be reached. */
  async open(name: TerritoryName): Promise<void> {
    const remembered = this.chain.isConnected ? undefined : this.memory?.lockedQuota(name);
    if (remembered === undefined) await this.refresh(name);
    else this.#account(name).lockedBytes = remembered;
  }

  /** Has the quota of a territory read by the next `openAdded`; until then it has no space. */
  add(name: TerritoryName): void {
    this.#added = [...this.#added, name];
  }

  /** Opens the territories that were added. Call only while no declaration or deletion is in flight. */
  async openAdded(): Promise<void> {
    for (const name of this.#added) {
      await this.open(name);
      this.#added = this.#added.filter((one) => one !== name);
    }
  }

  /** Reads the quota from the chain. Call only while no declaration or deletion is in flight. */
  async refresh(name: TerritoryName): Promise<void> {
    const locked = await this.chain.lockedQuota(name.owner, name.territory);
    this.#account(name).lockedBytes = locked;
    await this.memory?.rememberQuotas([[name, locked]]);
  }

  /**
   * What the index has to change in the transaction that settles these files; here nothing. Makes durable what is then left: after a
   * crash before that transaction, a start without the chain counts declared files twice rather than not at all.
   */
  async settling({ declared }: SettledFiles): Promise<IndexChange | undefined> {
    const left = new Map<Account, number>();
    for (const file of declared) {
      const account = this.#account(file);
      left.set(account, (left.get(account) ?? account.lockedBytes) - file.storedBytes);
    }
    await this.memory?.rememberQuotas([...left].map(([{ name }, bytes]) => [name, Math.max(0, bytes)] as const));
    return undefined;
  }

  /** The transaction of `settling` was committed. */
  settled({ declared, deleted, dropped }: SettledFiles): void {
    for (const file of declared) {
      const account = this.#account(file);
      account.pendingBytes -= file.storedBytes;
      account.lockedBytes -= file.storedBytes;
    }
    for (const file of deleted) this.#account(file).lockedBytes += file.storedBytes;
    for (const file of dropped) this.#account(file).pendingBytes -= file.storedBytes;
  }

  /** Reads the quotas of all territories in use from the chain. */
  async refreshAll(): Promise<void> {
    for (const { name } of [...this.#accounts.values()]) await this.refresh(name);
  }

  /** Reserves space for an upload. Throws `GATEWAY_QUOTA_EXCEEDED`. */
  reserve(name: TerritoryName, bytes: number): void {
    const account = this.#account(name);
    const availableBytes = account.lockedBytes - account.pendingBytes;
    if (bytes > availableBytes) throw quotaExceeded(availableBytes, bytes);
    account.pendingBytes += bytes;
  }

  /**
   * Reserves space for what is acknowledged already, unchecked: at start for undeclared files, later for packs of small objects, whose
   * batches give theirs back.
   */
  restore(name: TerritoryName, bytes: number): void {
    this.#account(name).pendingBytes += bytes;
  }

  /** Releases the space of an upload that was not committed to the index. */
  release(name: TerritoryName, bytes: number): void {
    this.#account(name).pendingBytes -= bytes;
  }

  /** An upload was committed to the index: its space stays reserved until its declaration. */
  entered(_name: TerritoryName, _bytes: number): void {}

  availableBytes(name: TerritoryName): number {
    const { lockedBytes, pendingBytes } = this.#account(name);
    return lockedBytes - pendingBytes;
  }

  /** `availableBytes` of every territory in use. */
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
