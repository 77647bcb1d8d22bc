// Exports the index into the network (ADR 73): every few seconds what the journal has, as a file for each owner; then an anchor for each
// owner commits the gateway to it on the chain, and the journal is pruned. One page of the journal is on its way at a time.
// A failure of the chain or of providers is retried with the same page. A file that the chain does not record for a reason of its owner's
// (quota, lease, authorization) is given up, and the export of that owner begins anew later: other owners do not wait.

import type { X25519Pair } from '@cess/crypto';
import { type ExportEntry, exportLogName, OwnerStream } from '@cess/index-export';
import { type Journal, type JournalEntry, type JournalPage, type ObjectIndex, scanOwner } from '@cess/object-index';
import { BackgroundLoop, type BackgroundPorts, MiB, pause, type Startable, toHex } from '@cess/primitives';
import type { Kv } from '@cess/store';
import type { GatewayChain } from '../chain-port.js';
import type { Recipients } from '../keys/share-buckets.js';
import type { ServedAccount } from '../served-account.js';
import type { ContentStore } from './content-store.js';

export interface IndexExporterInit extends BackgroundPorts {
  readonly kv: Kv;
  readonly index: Pick<ObjectIndex, 'buckets' | 'exports' | 'getFile' | 'holdReason'>;
  readonly journal: Journal;
  readonly content: ContentStore;
  readonly chain: Pick<GatewayChain, 'genesis' | 'anchorsOf' | 'anchor' | 'authorizedGateways'>;
  /** Account of this gateway. */
  readonly account: Uint8Array;
  readonly wrappingKey: X25519Pair;
  readonly served: () => readonly ServedAccount[];
  /** Users, roles and policies of the account of an owner. */
  readonly accountOf: (owner: Uint8Array) => Promise<readonly ExportEntry[]>;
  /** Told from time to time who may open what owners store. */
  readonly onRecipients: (recipients: Recipients) => Promise<void>;
  readonly intervalMs: number;
}

/** What becomes of an export: its files are on the chain, not yet, or will not be until the owner acts. */
type Recording = 'recorded' | 'pending' | 'refused';

/** Of the journal, in one round. */
const maxPageBytes = 8 * MiB;
const declarationPollMs = 250;
/** How long the export of an owner whose files the chain refused waits. */
const refusedPauseMs = 60_000;
const recipientsPauseMs = 15_000;
/** Deletions wait for the export at most this long: they may be what makes room for it. */
const maxDeletionDelayMs = 10 * 60_000;

/** Up to where one round exports: a record of the journal, and the entry of the outbox that it ended with. */
interface Cut {
  readonly through: number;
  readonly outboxEnd: number;
}

/** What one round has for an owner. */
interface Round {
  readonly page: JournalPage;
  /** Undefined: as before. */
  readonly recipients: readonly Uint8Array[] | undefined;
}

export class IndexExporter implements Startable {
  readonly #loop: BackgroundLoop;
  readonly #streams = new Map<string, OwnerStream>();
  /** Owners whose account changed. */
  readonly #changedAccounts = new Set<string>();
  readonly #refusedUntilMs = new Map<string, number>();
  readonly #recipientsAtMs = new Map<string, number>();
  /** What is stored and not yet anchored. */
  #unanchored: Cut | undefined;
  /** Deletions of the outbox up to here are in an anchored export. */
  #deletableThrough = 0;
  #finishedAtMs: number;
  /** When every export was whole. */
  #wholeAtMs: number;
  #owning: ReadonlySet<string> = new Set();
  #hasLookedForOwners = false;

  constructor(private readonly init: IndexExporterInit) {
    const name = 'index export';
    const task = async (signal: AbortSignal) => ((await this.runRound(signal)) ? 'again' : undefined);
    this.#finishedAtMs = init.timers.nowMs();
    this.#wholeAtMs = this.#finishedAtMs;
    this.#loop = new BackgroundLoop({ ...init, name, task, periodMs: init.intervalMs });
  }

  /** Age of the oldest change that no anchor on the chain covers, or of an export that is not whole; 0 when there is none. */
  oldestSeconds(): number {
    const nowMs = this.init.timers.nowMs();
    const changeMs = this.init.journal.oldestMs() ?? nowMs;
    const oldestMs = this.incomplete() > 0 ? Math.min(changeMs, this.#wholeAtMs - 1) : changeMs;
    return Math.max(0, nowMs - oldestMs) / 1000;
  }

  /** Owners whose export is not whole. */
  incomplete(): number {
    return [...this.#streams.values()].filter(({ state }) => state.isIncomplete).length;
  }

  /** Users, roles or policies changed: of which account is not known. */
  accountsChanged(): void {
    for (const { owner } of this.init.served()) this.#changedAccounts.add(toHex(owner));
  }

  /** Whether an anchored export is without what the outbox deletes under this number; after a long failure always. */
  mayDelete(sequence: number): boolean {
    const isStuck = this.init.timers.nowMs() - this.#finishedAtMs > maxDeletionDelayMs;
    return isStuck || sequence <= this.#deletableThrough;
  }

  async start(): Promise<void> {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Exports one page of the journal and anchors it. True if there is more to do at once. */
  async runRound(signal: AbortSignal): Promise<boolean> {
    const { journal, index } = this.init;
    // What an earlier round stored goes first, so that nothing piles up while the chain is away.
    if (this.#unanchored !== undefined) await this.#finish(this.#unanchored, signal);
    // Read before the page, which then has whatever put these entries there.
    const newestDeletion = index.exports.outboxEnd();
    const page = journal.read(0, maxPageBytes);
    const { through } = page;
    const outboxEnd = page.isEnd ? newestDeletion : this.#deletableThrough;
    let isBusy = !page.isEnd;
    const served = this.#served();
    const owning = await this.#ownersOfBuckets(served, page);
    const recipients: Recipients = new Map();
    for (const [name, account] of served) {
      signal.throwIfAborted();
      if (!owning.has(name) && !this.#isExported(account)) continue;
      const found = await this.#recipientsOf(name, account);
      if (found !== undefined) recipients.set(name, { ...account, recipients: found });
      isBusy = (await this.#exportOwner(name, account, { page, recipients: found }, signal)) || isBusy;
    }
    if (recipients.size > 0) await this.init.onRecipients(recipients);
    // An account that is served again begins with a snapshot.
    for (const [name, stream] of this.#streams) {
      if (!served.has(name) && entriesOf(name, page, stream.through).length > 0) await stream.invalidate();
    }
    await this.#finish({ through, outboxEnd }, signal);
    return isBusy;
  }

  /** The first root key of every owner. */
  #served(): Map<string, ServedAccount> {
    return new Map(
      this.init
        .served()
        .toReversed()
        .map((account) => [toHex(account.owner), account]),
    );
  }

  async #finish(cut: Cut, signal: AbortSignal): Promise<void> {
    this.#unanchored = cut;
    for (const name of this.#served().keys()) await this.#anchor(name, signal);
    await this.init.journal.prune(cut.through);
    this.#unanchored = undefined;
    this.#deletableThrough = cut.outboxEnd;
    this.#finishedAtMs = this.init.timers.nowMs();
    if (this.incomplete() === 0) this.#wholeAtMs = this.#finishedAtMs;
  }

  async #exportOwner(name: string, account: ServedAccount, round: Round, signal: AbortSignal): Promise<boolean> {
    const { journal, timers } = this.init;
    const { page, recipients } = round;
    const stream = await this.#stream(name, account);
    const entries = entriesOf(name, page, stream.through);
    if ((this.#refusedUntilMs.get(name) ?? 0) > timers.nowMs()) {
      if (entries.length > 0 && !stream.state.isIncomplete) await stream.invalidate();
      return false;
    }
    const hasNewRecipients = recipients !== undefined && (await stream.setRecipients(recipients));
    if (recipients !== undefined) this.#recipientsAtMs.set(name, timers.nowMs());
    const hasAccountChanged = this.#changedAccounts.delete(name);
    const { through } = page;
    if (entries.length > 0 || hasNewRecipients || hasAccountChanged || stream.isClosable(through)) {
      await stream.append({ entries, through, hasAccountChanged }, signal);
    }
    return stream.isBuilding ? stream.buildNext(() => journal.end(), signal) : false;
  }

  async #stream(name: string, { owner, territory }: ServedAccount): Promise<OwnerStream> {
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    const { kv, index, content, chain, account: gateway, wrappingKey, timers } = this.init;
    const stream = new OwnerStream({
      owner,
      genesis: chain.genesis,
      gateway,
      wrappingKey,
      table: index.exports,
      store: (bytes, signal) => content.store({ owner, territory }, bytes, signal),
      discard: (file) => content.discard(file),
      scan: () => scanOwner(kv, owner),
      account: () => this.init.accountOf(owner),
      nowMs: () => timers.nowMs(),
    });
    await stream.open((await chain.anchorsOf(exportLogName(owner))).sequence);
    this.#streams.set(name, stream);
    return stream;
  }

  /** Also of an owner who has no bucket any more. */
  #isExported({ owner }: ServedAccount): boolean {
    return this.init.index.exports.stateOf(owner) !== undefined;
  }

  /** Undefined if they were read a moment ago. */
  async #recipientsOf(name: string, served: ServedAccount): Promise<readonly Uint8Array[] | undefined> {
    const { chain, account, wrappingKey, timers } = this.init;
    if (timers.nowMs() - (this.#recipientsAtMs.get(name) ?? 0) < recipientsPauseMs) return undefined;
    const gateways = await chain.authorizedGateways(served.owner);
    const others = gateways.filter((gateway) => toHex(gateway.account) !== toHex(account));
    const keys = [served.ownerKey, wrappingKey.publicKey, ...others.map((gateway) => gateway.wrappingKey)];
    return [...new Map(keys.map((key) => [toHex(key), key])).values()];
  }

  /** Owners with buckets; empty if it is not needed, because all are exported already, or nothing changed since the last round. */
  async #ownersOfBuckets(served: ReadonlyMap<string, ServedAccount>, page: JournalPage): Promise<ReadonlySet<string>> {
    const isNeeded = [...served.values()].some((account) => !this.#isExported(account));
    if (!isNeeded) return new Set();
    if (page.batches.length > 0 || !this.#hasLookedForOwners) {
      const owners = new Set<string>();
      for await (const { bucket } of this.init.index.buckets()) owners.add(toHex(bucket.owner));
      this.#owning = owners;
      this.#hasLookedForOwners = true;
    }
    return this.#owning;
  }

  /** Waits until the chain records the files of an export, then anchors its newest. */
  async #anchor(name: string, signal: AbortSignal): Promise<void> {
    const stream = this.#streams.get(name);
    const head = stream?.head;
    if (stream === undefined || head === undefined || stream.state.isAnchored || stream.state.isIncomplete) return;
    for (const { fileId } of stream.state.live) {
      const recording = await this.#whenRecorded(fileId, signal);
      if (recording === 'recorded') continue;
      this.init.logger.warn(
        { owner: name, fileId: toHex(fileId) },
        'the chain does not record the exported index of an owner; its territory needs room, a lease and an authorization',
      );
      this.#refusedUntilMs.set(name, this.init.timers.nowMs() + refusedPauseMs);
      await stream.invalidate(stream.state.live.map((file) => file.fileId));
      return;
    }
    await this.init.chain.anchor(exportLogName(stream.owner), { sequence: head.number, head: head.fileId });
    await stream.anchored();
  }

  async #whenRecorded(fileId: Uint8Array, signal: AbortSignal): Promise<Recording> {
    for (;;) {
      const recording = await this.#recordingOf(fileId);
      if (recording !== 'pending') return recording;
      await pause(this.init.timers, declarationPollMs, signal);
      signal.throwIfAborted();
    }
  }

  async #recordingOf(fileId: Uint8Array): Promise<Recording> {
    const { index } = this.init;
    const file = await index.getFile(fileId);
    if (file?.state === 'declared') return 'recorded';
    return file === undefined || (await index.holdReason(fileId)) !== undefined ? 'refused' : 'pending';
  }
}

function entriesOf(owner: string, { batches }: JournalPage, after: number): JournalEntry[] {
  return batches
    .filter(({ sequence }) => sequence > after)
    .flatMap(({ entries }) => entries.filter((entry) => toHex(entry.owner) === owner));
}
