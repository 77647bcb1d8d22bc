// The chain's side of the audit in memory, as far as a provider can see it; it refuses what the runtime would refuse.
import type { ChallengeInfo, FragmentPlace, RoundRef, SlotInfo } from '@cess/client';
import { shake256, verifyEd25519 } from '@cess/crypto';
import type { ProviderAddress } from '@cess/node-api';
import { CessError, fromHex, toHex, utf8 } from '@cess/primitives';
import { fragmentTagId, tagSetDigest } from '@cess/proofs';
import type { ChainFragment } from '../chain/chain-port.js';
import type {
  DutyChain,
  OwnSpace,
  ProofAnswer,
  QueuedSegment,
  QueuePoint,
  RepairClass,
  RestoralOrdersView,
  RestoralOrderView,
  RoundView,
  SegmentFacts,
  TagReportEntry,
  TeeWorkerRecord,
  WorkerTagKey,
} from '../chain/duty-chain.js';
import { placeName } from '../holdings/place.js';
import { dispatchFailed, segmentName } from './chain-names.js';

export const ownIndex = 5;
type Call =
  | 'reportTags'
  | 'submitProof'
  | 'concede'
  | 'dispute'
  | 'reportLoss'
  | 'claimRestoralOrders'
  | 'releaseRestoralOrders'
  | 'completeRestoralOrders';

interface Round {
  info: ChallengeInfo;
  readonly slots: SlotInfo[];
}

export class FakeDutyChain implements DutyChain {
  /** Number of the finalized block. */
  number = 100;
  isDown = false;
  readonly claimPeriod = 20;
  readonly workers: TeeWorkerRecord[] = [];
  readonly keys: WorkerTagKey[] = [];
  /** Key ids of tagged fragments by place. */
  readonly tagged = new Map<string, Uint8Array>();
  readonly slots = new Map<string, SlotInfo[]>();
  readonly openRounds = new Map<string, Round>();
  readonly segments = new Map<string, SegmentFacts>();
  readonly deletedAt = new Map<string, number>();
  readonly orders = new Map<string, { place: FragmentPlace; order: RestoralOrderView }>();
  /** Hash of the owner of all files. */
  readonly owner = new Uint8Array(8).fill(0x77);
  readonly addresses = new Map<number, ProviderAddress>();
  readonly proofs: ProofAnswer[] = [];
  /** Calls that were made, refused ones included. */
  readonly calls: Call[] = [];
  readonly lossReports: (readonly FragmentPlace[])[] = [];
  /** Thrown by the next calls of that name, one each. */
  readonly failures = new Map<Call, Error[]>();
  /** Run before a read is answered. */
  onRead: (what: string) => Promise<void> | void = () => {};
  space: OwnSpace = { isActive: true, freeBytes: 1e12 };
  #listeners = new Set<() => void>();

  constructor(
    readonly genesis: Uint8Array,
    /** By place, shared with the FakeChain. */
    readonly placed: Map<string, ChainFragment>,
  ) {}

  async fragments(addresses: readonly FragmentPlace[]): Promise<readonly (ChainFragment | undefined)[]> {
    await this.#read('fragments');
    return addresses.map((address) => this.placed.get(placeName(address)));
  }

  async teeWorkers(): Promise<readonly TeeWorkerRecord[]> {
    await this.#read('teeWorkers');
    return [...this.workers];
  }

  async tagKey(keyId: Uint8Array): Promise<WorkerTagKey | undefined> {
    await this.#read('tagKey');
    return this.keys.find((key) => toHex(key.keyId) === toHex(keyId));
  }

  async tagKeysOf(addresses: readonly FragmentPlace[]): Promise<readonly (Uint8Array | undefined)[]> {
    await this.#read('tagKeysOf');
    return addresses.map((address) => this.tagged.get(placeName(address)));
  }

  async reportTags(keyId: Uint8Array, reports: readonly TagReportEntry[]): Promise<void> {
    this.#call('reportTags');
    if (this.keys.some((key) => key.isRevoked && toHex(key.keyId) === toHex(keyId))) throw dispatchFailed('KeyRevoked');
    const due = reports.filter((report) => {
      return !this.tagged.has(placeName(report)) && this.placed.get(placeName(report))?.holder === ownIndex;
    });
    if (due.length === 0) throw dispatchFailed('NothingToDo');
    this.#requireSigned(keyId, due);
    for (const report of due) this.giveSlot(report, keyId);
  }

  async rounds(): Promise<readonly RoundRef[]> {
    await this.#read('rounds');
    return [...this.openRounds.entries()].map(([name, { info }]) => ({
      provider: ownIndex,
      keyId: this.keys.find((key) => toHex(key.keyId) === name)!.keyId,
      round: info.round,
    }));
  }

  async round(_provider: number, keyId: Uint8Array): Promise<RoundView | undefined> {
    await this.#read('round');
    const round = this.openRounds.get(toHex(keyId));
    if (!round) return undefined;
    const slots = round.slots.map((slot) => ({ slot, fileDeletedAt: this.deletedAt.get(toHex(slot.file_id)) }));
    return { asOf: this.number, info: round.info, slots };
  }

  async submitProof(answer: ProofAnswer): Promise<void> {
    this.#call('submitProof');
    const round = this.openRounds.get(toHex(answer.keyId));
    if (round?.info.state.type !== 'Open') throw dispatchFailed('NoChallenge');
    if (answer.asOf > this.number || answer.asOf < round.info.opened_at) throw dispatchFailed('AsOfOutOfRange');
    this.proofs.push(answer);
    const { proof, asOf } = answer;
    round.info = {
      ...round.info,
      state: { type: 'Answered', value: { proof, as_of: asOf, worker: 0, drawn: 1, verify_by: this.number + 60 } },
    };
  }

  async concede({ keyId }: RoundRef): Promise<void> {
    this.#call('concede');
    const round = this.openRounds.get(toHex(keyId));
    if (round?.info.state.type !== 'Open') throw dispatchFailed('NoChallenge');
    this.openRounds.delete(toHex(keyId));
    for (const { file_id: fileId, segment, fragment } of round.slots) this.take({ fileId, segment, fragment });
  }

  async dispute(): Promise<void> {
    this.#call('dispute');
  }

  async reportLoss(places: readonly FragmentPlace[]): Promise<void> {
    this.#call('reportLoss');
    this.lossReports.push(places);
    for (const place of places) this.take(place);
  }

  async claimRestoralOrders(places: readonly FragmentPlace[]): Promise<void> {
    this.#call('claimRestoralOrders');
    let claimed = 0;
    for (const place of places) {
      const entry = this.orders.get(placeName(place));
      if (entry === undefined || (entry.order.claim !== undefined && this.number <= entry.order.claim.until)) continue;
      const claim = { provider: ownIndex, until: this.number + this.claimPeriod };
      this.orders.set(placeName(place), { place, order: { ...entry.order, claim } });
      claimed++;
    }
    if (claimed === 0) throw dispatchFailed('NothingToClaim');
  }

  async releaseRestoralOrders(places: readonly FragmentPlace[]): Promise<void> {
    this.#call('releaseRestoralOrders');
    for (const place of places) {
      const entry = this.orders.get(placeName(place))!;
      const claim = { provider: ownIndex, until: this.number - 1 };
      this.orders.set(placeName(place), { place, order: { ...entry.order, claim } });
    }
  }

  async completeRestoralOrders(keyId: Uint8Array, restored: readonly TagReportEntry[]): Promise<void> {
    this.#call('completeRestoralOrders');
    const own = restored.filter((place) => this.orders.get(placeName(place))?.order.claim?.provider === ownIndex);
    if (own.length === 0) throw dispatchFailed('NothingToComplete');
    this.#requireSigned(keyId, own);
    for (const place of own) {
      this.orders.delete(placeName(place));
      this.tagged.delete(placeName(place));
      this.give(place, ownIndex);
      this.giveSlot(place, keyId);
    }
  }

  async queuedSegments(repairClass: RepairClass, after: QueuePoint, limit: number): Promise<readonly QueuedSegment[]> {
    await this.#read('queuedSegments');
    const queued = new Map<string, QueuedSegment>();
    for (const { place, order } of this.orders.values()) {
      if ((order.reason === 'Hole') !== (repairClass === 'holes')) continue;
      const { fileId, segment } = place;
      queued.set(segmentName(fileId, segment), { margin: order.margin, owner: this.owner, fileId, segment });
    }
    return [...queued.values()]
      .sort((a, b) => (queueKey(a) < queueKey(b) ? -1 : 1))
      .filter((one) => queueKey(one) > queueKey(after))
      .slice(0, limit);
  }

  async restoralOrders(places: readonly FragmentPlace[]): Promise<RestoralOrdersView> {
    await this.#read('restoralOrders');
    const orders = places.map((place) => this.orders.get(placeName(place))?.order);
    return { now: this.number, claimPeriod: this.claimPeriod, orders };
  }

  async segment(fileId: Uint8Array, segment: number): Promise<SegmentFacts | undefined> {
    await this.#read('segment');
    const facts = this.segments.get(segmentName(fileId, segment));
    if (facts === undefined || this.deletedAt.has(toHex(fileId))) return undefined;
    const fragments = facts.fragments.map((_, fragment) => this.placed.get(placeName({ fileId, segment, fragment }))!);
    return { ...facts, fragments };
  }

  async providers(indices: readonly number[]): Promise<ReadonlyMap<number, ProviderAddress>> {
    await this.#read('providers');
    return new Map([...this.addresses].filter(([provider]) => indices.includes(provider)));
  }

  async *heldOnChain(provider: number): AsyncGenerator<readonly FragmentPlace[]> {
    await this.#read('heldOnChain');
    const held: FragmentPlace[] = [];
    for (const [name, { fragments }] of this.segments) {
      const [fileHex, segmentText] = name.split('/') as [string, string];
      const fileId = fromHex(fileHex);
      if (this.deletedAt.has(fileHex)) continue;
      for (const fragment of fragments.keys()) {
        const place = { fileId, segment: Number(segmentText), fragment };
        if (this.placed.get(placeName(place))?.holder === provider) held.push(place);
      }
    }
    yield held;
  }

  async ownSpace(): Promise<OwnSpace> {
    await this.#read('ownSpace');
    return this.space;
  }

  onConnected(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  reconnect(): void {
    for (const listener of this.#listeners) listener();
  }

  /** The next call of that name is refused by the runtime with that error. */
  refuseNext(call: Call, name: string): void {
    this.failNext(call, dispatchFailed(name));
  }

  failNext(call: Call, error: Error): void {
    this.failures.set(call, [...(this.failures.get(call) ?? []), error]);
  }

  give(place: FragmentPlace, holder: number | undefined): void {
    this.placed.set(placeName(place), { ...this.placed.get(placeName(place))!, holder });
  }

  take(place: FragmentPlace): void {
    this.give(place, undefined);
    this.tagged.delete(placeName(place));
  }

  giveSlot(place: FragmentPlace, keyId: Uint8Array): void {
    const { facts, identity } = this.#identityOf(place, keyId);
    const slots = this.slots.get(toHex(keyId)) ?? [];
    slots.push({
      tag_id: fragmentTagId(identity),
      file_id: place.fileId,
      segment: place.segment,
      fragment: place.fragment,
      length: facts.fragmentLength,
      gone_at: undefined,
    });
    this.slots.set(toHex(keyId), slots);
    this.tagged.set(placeName(place), keyId);
  }

  /** Opens a round over all slots (there are at most 46 in tests). */
  open(keyId: Uint8Array, round = 0): RoundRef {
    const slots = [...(this.slots.get(toHex(keyId)) ?? [])];
    const info: ChallengeInfo = {
      round,
      opened_at: this.number,
      seed: shake256(64, utf8(`seed/${round}`)),
      frozen: slots.length,
      bytes: 0n,
      deadline: this.number + 60,
      state: { type: 'Open' },
    };
    this.openRounds.set(toHex(keyId), { info, slots });
    return { provider: ownIndex, keyId, round };
  }

  /** A verdict on the answered round. */
  judge({ keyId }: RoundRef, passed: boolean): void {
    const round = this.openRounds.get(toHex(keyId))!;
    if (round.info.state.type !== 'Answered') throw new Error('the round is not answered');
    const { proof, as_of } = round.info.state.value;
    const value = { proof, as_of, worker: 0, passed, dispute_until: this.number + 60 };
    round.info = { ...round.info, state: { type: 'Judged', value } };
  }

  #requireSigned(keyId: Uint8Array, reports: readonly TagReportEntry[]): void {
    const key = this.keys.find((one) => toHex(one.keyId) === toHex(keyId))!;
    for (const report of reports) {
      const { facts, identity } = this.#identityOf(report, keyId);
      const digest = tagSetDigest(identity, facts.fragmentLength, report.tagsHash);
      if (!verifyEd25519(report.signature, digest, key.signerKey)) throw dispatchFailed('BadTagSignature');
    }
  }

  #identityOf(place: FragmentPlace, keyId: Uint8Array) {
    const facts = this.segments.get(segmentName(place.fileId, place.segment))!;
    const { root } = facts.fragments[place.fragment]!;
    const { fileId, segment, fragment } = place;
    const where = { genesis: this.genesis, orderId: facts.orderId, fileId, segment, fragment, replica: 0 };
    return { facts, identity: { ...where, root, provider: ownIndex, keyId } };
  }

  async #read(what: string): Promise<void> {
    await this.onRead(what);
    if (this.isDown) throw new CessError('RPC_TIMEOUT', 'No node answers.');
  }

  #call(name: Call): void {
    this.calls.push(name);
    const failure = this.failures.get(name)?.shift();
    if (failure !== undefined) throw failure;
    if (this.isDown) throw new CessError('RPC_TIMEOUT', 'No node answers.');
  }
}

function queueKey({ margin, owner, fileId }: QueuePoint): string {
  return `${String(margin).padStart(3, '0')}/${toHex(owner)}/${toHex(fileId)}`;
}
