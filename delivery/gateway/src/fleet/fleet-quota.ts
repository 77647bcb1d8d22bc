// Space that the gateways of a fleet may acknowledge together. Each takes grants from the shared ledger in the index (space-ledger.ts)
// and gives uploads space from them, so that two gateways never promise the same bytes.
import {
  countExcess,
  type IndexBackend,
  type IndexChange,
  lockSpace,
  type OutboxSpace,
  readSpace,
  removeExcess,
  type Space,
  settleOutboxSpace,
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
import type { Quota, SettledFiles } from '../declaration/quota-ledger.js';
import { quotaExceeded } from '../errors.js';
import { type FleetMember, mostSilentMs } from './fleet-member.js';

export interface FleetQuotaInit extends BackgroundPorts {
  readonly backend: Pick<IndexBackend, 'read' | 'commit'>;
  readonly chain: Pick<GatewayChain, 'lockedQuota'>;
  readonly member: Pick<FleetMember, 'id' | 'members' | 'silentMs' | 'lapses'> & Gate;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface Account {
  readonly name: TerritoryName;
  /** Granted, as far as this gateway knows: free, given to uploads, or entered into the index without the ledger's knowledge. */
  grantBytes: number;
  /** Of the grant: not given to an upload. */
  freeBytes: number;
  /** Of the grant: in the index, and not yet told to the ledger. */
  enteredBytes: number;
  /** Given to uploads that were under way when the others took the grant back. */
  strayBytes: number;
  lapses: number;
  /** The ledger may know of another grant, because the answer of a commit was lost. */
  isUnsure: boolean;
  /** As of the last look at the ledger. */
  availableBytes: number;
}

/** Space taken at once, if a tenth of what is left is not less. */
const usualGrantBytes = 256 * MiB;
const greatestShare = 0.1;
const settleMs = 2_000;
const recountMs = 600_000;

export class FleetQuota implements Quota, Startable {
  readonly #accounts = new Map<string, Account>();
  /** Tells the ledger one grant of a territory after the other: the last one that is told holds. */
  readonly #changing = new KeyedMutex();
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

  /** What becomes of the promised space of these files, as a part of the transaction that takes them out of the outbox. */
  async settling({ declared, deleted, dropped }: SettledFiles): Promise<IndexChange> {
    const changes = new Map<string, { readonly name: TerritoryName; readonly space: Writable<OutboxSpace> }>();
    const spaceOf = ({ owner, territory }: TerritoryName) => {
      const key = keyOf({ owner, territory });
      const known = changes.get(key);
      const added = { name: { owner, territory }, space: { declaredBytes: 0, deletedBytes: 0, droppedBytes: 0 } };
      if (known === undefined) changes.set(key, added);
      return (known ?? added).space;
    };
    for (const file of declared) spaceOf(file).declaredBytes += file.storedBytes;
    for (const file of deleted) spaceOf(file).deletedBytes += file.storedBytes;
    for (const file of dropped) spaceOf(file).droppedBytes += file.storedBytes;
    return function* (view) {
      for (const { name, space } of changes.values()) yield* settleOutboxSpace(view, name, space);
    };
  }

  /** The ledger was told in the transaction itself. */
  settled(): void {}

  async reserve(name: TerritoryName, bytes: number): Promise<void> {
    const account = this.#account(name);
    this.#noticeLapse(account);
    if (this.init.member.silentMs > mostSilentMs) {
      throw new CessError(
        'INDEX_UNAVAILABLE',
        'The database of the index does not answer, so no space can be promised.',
      );
    }
    if (account.freeBytes >= bytes) account.freeBytes -= bytes;
    else await this.#changing.run(keyOf(name), () => this.#extendFor(account, bytes));
  }

  release(name: TerritoryName, bytes: number): void {
    const account = this.#account(name);
    const stray = this.#takeStray(account, bytes);
    account.freeBytes += bytes - stray;
  }

  /** Undeclared files of the index are counted there. */
  restore(): void {}

  /** An upload was committed to the index. */
  entered(name: TerritoryName, bytes: number): void {
    const account = this.#account(name);
    const stray = this.#takeStray(account, bytes);
    account.enteredBytes += bytes - stray;
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
    for (const account of [...this.#accounts.values()]) await this.#settle(account, usualGrantBytes);
  }

  /** Corrects what gateways that are gone left promised. */
  async recount(): Promise<void> {
    const { backend, member } = this.init;
    const excess = await backend.read((view) => countExcess(view, member.members));
    for (const one of excess.values())
      if (one.bytes !== 0 || one.graves.length > 0) await backend.commit((view) => removeExcess(view, one));
  }

  /** Gives an upload `bytes`, for which a greater grant is needed. Others take what is free, or give it back, at any moment between. */
  async #extendFor(account: Account, bytes: number): Promise<void> {
    const { backend, member } = this.init;
    const { name } = account;
    const own = Math.min(account.freeBytes, bytes);
    account.freeBytes -= own;
    const least = bytes - own;
    if (least === 0) return;
    const { lapses } = account;
    try {
      const most = Math.min(usualGrantBytes, Math.floor(account.availableBytes * greatestShare));
      const request = { gateway: member.id, grantBytes: account.grantBytes, least, most };
      const { taken, availableBytes } = await this.#told(account, () =>
        backend.commit((view) => takeGrant(view, name, request)),
      );
      account.availableBytes = availableBytes;
      if (taken === 0) throw quotaExceeded(account.freeBytes + own + availableBytes, bytes);
      this.#noticeLapse(account);
      if (account.lapses !== lapses) throw quotaExceeded(0, bytes);
      account.grantBytes += taken;
      account.freeBytes += taken - least;
    } catch (error) {
      this.release(name, own);
      throw error;
    }
  }

  #settle(account: Account, keptBytes: number): Promise<void> {
    return this.#changing.run(keyOf(account.name), () => this.#settleAlone(account, keptBytes));
  }

  async #settleAlone(account: Account, keptBytes: number): Promise<void> {
    const { backend, member } = this.init;
    this.#noticeLapse(account);
    const { name, enteredBytes, isUnsure } = account;
    const returnedBytes = Math.max(0, account.freeBytes - keptBytes);
    if (enteredBytes + returnedBytes === 0 && !isUnsure) {
      const known = await backend.read((view) => readSpace(view, name));
      if (known !== undefined) this.#note(account, known);
      return;
    }
    // Nobody takes meanwhile what is given back.
    addTo(account, { enteredBytes, returnedBytes }, -1);
    const change = { gateway: member.id, grantBytes: account.grantBytes, returnedBytes };
    try {
      account.isUnsure = false;
      this.#note(account, await this.#told(account, () => backend.commit((view) => settleSpace(view, name, change))));
    } catch (error) {
      // After an unknown outcome it counts as told: otherwise it might be told twice, and bytes be promised twice.
      if (!isCessError(error, 'INDEX_OUTCOME_UNKNOWN') && account.lapses === member.lapses)
        addTo(account, { enteredBytes, returnedBytes }, 1);
      throw error;
    }
  }

  /** Notes that the ledger has to be told the grant again where nobody knows whether it took the change. */
  async #told<T>(account: Account, commit: () => Promise<T>): Promise<T> {
    try {
      return await commit();
    } catch (error) {
      account.isUnsure = true;
      throw error;
    }
  }

  /** The others have taken this gateway for gone, and its grant back, or are about to: the ledger is told that it is given up. */
  #noticeLapse(account: Account): void {
    const { lapses } = this.init.member;
    if (account.lapses === lapses) return;
    account.lapses = lapses;
    account.isUnsure = true;
    account.strayBytes += account.grantBytes - account.freeBytes - account.enteredBytes;
    account.grantBytes = 0;
    account.freeBytes = 0;
    account.enteredBytes = 0;
  }

  /** Bytes of an upload that no grant stands behind. Changes the other numbers of the account when it notices a lapse. */
  #takeStray(account: Account, bytes: number): number {
    this.#noticeLapse(account);
    const stray = Math.min(bytes, account.strayBytes);
    account.strayBytes -= stray;
    return stray;
  }

  #note(account: Account, { lockedBytes, promisedBytes }: Space): void {
    account.availableBytes = lockedBytes - promisedBytes;
  }

  #account(name: TerritoryName): Account {
    const key = keyOf(name);
    const known = this.#accounts.get(key);
    if (known !== undefined) return known;
    const { lapses } = this.init.member;
    const bytes = { grantBytes: 0, freeBytes: 0, enteredBytes: 0, strayBytes: 0, availableBytes: 0 };
    const account: Account = { name, ...bytes, lapses, isUnsure: false };
    this.#accounts.set(key, account);
    return account;
  }
}

function addTo(account: Account, change: { enteredBytes: number; returnedBytes: number }, sign: 1 | -1): void {
  account.enteredBytes += sign * change.enteredBytes;
  account.freeBytes += sign * change.returnedBytes;
  account.grantBytes += sign * (change.enteredBytes + change.returnedBytes);
}

const keyOf = ({ owner, territory }: TerritoryName): string => `${toHex(owner)}/${territory}`;
