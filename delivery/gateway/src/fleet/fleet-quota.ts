// Space that the gateways of a fleet may acknowledge together. Each takes grants from the shared ledger in the index (space-ledger.ts)
// and gives uploads space from them, so that two gateways never promise the same bytes.
import {
  countExcess,
  type IndexBackend,
  lockSpace,
  readSpace,
  removeExcess,
  type Space,
  settleSpace,
  type TerritoryName,
  takeGrant,
} from '@cess/object-index';
import {
  BackgroundLoop,
  type BackgroundPorts,
  CessError,
  type Gate,
  isCessError,
  KeyedMutex,
  MiB,
  type Startable,
  toHex,
} from '@cess/primitives';
import type { GatewayChain } from '../chain-port.js';
import type { Quota } from '../declaration/quota-ledger.js';
import { quotaExceeded } from '../errors.js';
import type { FleetMember } from './fleet-member.js';

export interface FleetQuotaInit extends BackgroundPorts {
  readonly backend: Pick<IndexBackend, 'read' | 'commit'>;
  readonly chain: Pick<GatewayChain, 'lockedQuota'>;
  readonly member: Pick<FleetMember, 'id' | 'members' | 'silentMs'> & Gate;
}

interface Account {
  readonly name: TerritoryName;
  /** Granted and not given to an upload. */
  freeBytes: number;
  enteredBytes: number;
  declaredBytes: number;
  deletedBytes: number;
  /** As of the last look at the ledger. */
  availableBytes: number;
}

/** Space taken at once, if a tenth of what is left is not less. */
const grantBytes = 256 * MiB;
const greatestShare = 0.1;
const settleMs = 2_000;
const recountMs = 600_000;
/** Others reclaim the grants of a gateway that has been silent for longer than this. */
const mostSilentMs = 10_000;

export class FleetQuota implements Quota, Startable {
  readonly #accounts = new Map<string, Account>();
  readonly #extending = new KeyedMutex();
  readonly #settling: BackgroundLoop;
  readonly #recounting: BackgroundLoop;
  #added: readonly TerritoryName[] = [];

  constructor(private readonly init: FleetQuotaInit) {
    const { member } = init;
    const [name, periodMs] = ['space', settleMs];
    this.#settling = new BackgroundLoop({ ...init, gate: undefined, name, task: () => this.settleAll(), periodMs });
    const recount = { name: 'space recount', task: () => this.recount(), periodMs: recountMs };
    this.#recounting = new BackgroundLoop({ ...init, gate: member, ...recount });
  }

  async start(): Promise<void> {
    this.#settling.start();
    this.#recounting.start();
  }

  /** Gives back what is not used. */
  async stop(): Promise<void> {
    await this.#settling.stop();
    await this.#recounting.stop();
    try {
      for (const account of this.#accounts.values()) await this.#settle(account, 0);
    } catch (error) {
      if (!isCessError(error)) throw error;
    }
  }

  /** Reads the quota from the chain unless the fleet knows the territory. */
  async open(name: TerritoryName): Promise<void> {
    const known = await this.init.backend.read((view) => readSpace(view, name));
    if (known === undefined) await this.refresh(name);
    else this.#note(this.#account(name), known);
  }

  add(name: TerritoryName): void {
    this.#added = [...this.#added, name];
  }

  async openAdded(): Promise<void> {
    for (const name of this.#added) {
      await this.open(name);
      this.#added = this.#added.filter((one) => one !== name);
    }
  }

  /** Reads the quota from the chain. Call only while no declaration or deletion is in flight. */
  async refresh(name: TerritoryName): Promise<void> {
    const account = this.#account(name);
    await this.#settle(account, account.freeBytes);
    const locked = await this.init.chain.lockedQuota(name.owner, name.territory);
    await this.init.backend.commit((view) => lockSpace(view, name, locked));
    await this.open(name);
  }

  async refreshAll(): Promise<void> {
    for (const { name } of [...this.#accounts.values()]) await this.refresh(name);
  }

  /** The index itself says what is not declared. */
  async rememberDeclared(): Promise<void> {}

  async reserve(name: TerritoryName, bytes: number): Promise<void> {
    const account = this.#account(name);
    if (this.init.member.silentMs > mostSilentMs) {
      account.freeBytes = 0;
      throw new CessError(
        'INDEX_UNAVAILABLE',
        'The database of the index does not answer, so no space can be promised.',
      );
    }
    if (account.freeBytes < bytes)
      await this.#extending.run(toHex(name.owner) + name.territory, () => this.#extend(account, bytes));
    account.freeBytes -= bytes;
  }

  release(name: TerritoryName, bytes: number): void {
    this.#account(name).freeBytes += bytes;
  }

  /** Undeclared files of the index are counted there. */
  restore(): void {}

  /** An upload was committed to the index. */
  entered(name: TerritoryName, bytes: number): void {
    this.#account(name).enteredBytes += bytes;
  }

  declared(name: TerritoryName, bytes: number): void {
    this.#account(name).declaredBytes += bytes;
  }

  returned(name: TerritoryName, bytes: number): void {
    this.#account(name).deletedBytes += bytes;
  }

  availableBytes(name: TerritoryName): number {
    const { freeBytes, availableBytes } = this.#account(name);
    return freeBytes + availableBytes;
  }

  allAvailableBytes(): number[] {
    return [...this.#accounts.values()].map(({ name }) => this.availableBytes(name));
  }

  /** Tells the ledger what happened to the grants. */
  async settleAll(): Promise<void> {
    for (const account of [...this.#accounts.values()]) await this.#settle(account, grantBytes);
  }

  /** Corrects what gateways that are gone left promised. */
  async recount(): Promise<void> {
    const { backend, member } = this.init;
    const excess = await backend.read((view) => countExcess(view, member.members));
    for (const one of excess.values())
      if (one.bytes !== 0 || one.graves.length > 0) await backend.commit((view) => removeExcess(view, one));
  }

  async #extend(account: Account, bytes: number): Promise<void> {
    const { backend, member } = this.init;
    const { name } = account;
    const least = bytes - account.freeBytes;
    if (least <= 0) return;
    const most = Math.min(grantBytes, Math.floor(account.availableBytes * greatestShare));
    const grant = { gateway: member.id, least, most };
    const { taken, availableBytes } = await backend.commit((view) => takeGrant(view, name, grant));
    account.availableBytes = availableBytes;
    if (taken === 0) throw quotaExceeded(account.freeBytes + availableBytes, bytes);
    account.freeBytes += taken;
  }

  async #settle(account: Account, keptBytes: number): Promise<void> {
    const { backend, member } = this.init;
    const { name, enteredBytes, declaredBytes, deletedBytes } = account;
    const returnedBytes = Math.max(0, account.freeBytes - keptBytes);
    const change = { gateway: member.id, enteredBytes, returnedBytes, declaredBytes, deletedBytes };
    if (enteredBytes + returnedBytes + declaredBytes + deletedBytes === 0) {
      const known = await backend.read((view) => readSpace(view, name));
      if (known !== undefined) this.#note(account, known);
      return;
    }
    // Nobody takes meanwhile what is given back.
    addTo(account, change, -1);
    try {
      this.#note(account, await backend.commit((view) => settleSpace(view, name, change)));
    } catch (error) {
      // After an unknown outcome it counts as told: otherwise it might be told twice, and bytes be promised twice.
      if (!isCessError(error, 'INDEX_OUTCOME_UNKNOWN')) addTo(account, change, 1);
      throw error;
    }
  }

  #note(account: Account, { lockedBytes, promisedBytes }: Space): void {
    account.availableBytes = lockedBytes - promisedBytes;
  }

  #account(name: TerritoryName): Account {
    const key = `${toHex(name.owner)}/${name.territory}`;
    const known = this.#accounts.get(key);
    if (known !== undefined) return known;
    const account = { name, freeBytes: 0, enteredBytes: 0, declaredBytes: 0, deletedBytes: 0, availableBytes: 0 };
    this.#accounts.set(key, account);
    return account;
  }
}

function addTo(
  account: Account,
  change: { enteredBytes: number; returnedBytes: number; declaredBytes: number; deletedBytes: number },
  sign: 1 | -1,
): void {
  account.enteredBytes += sign * change.enteredBytes;
  account.freeBytes += sign * change.returnedBytes;
  account.declaredBytes += sign * change.declaredBytes;
  account.deletedBytes += sign * change.deletedBytes;
}
