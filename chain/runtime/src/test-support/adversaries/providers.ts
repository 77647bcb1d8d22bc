// Strategies of providers.
import { GiB, toHex } from '@cess/primitives';
import { MAX_PLACES, query, tx } from '../../index.js';
import { K } from '../storage-scenario.js';
import type { Game, Party } from './game.js';

/** Orders that a provider claims, and fragments that it reports, in one block at most. */
const PER_BLOCK = 8;
/** A claim that is not completed this many blocks before its end is released. */
const BLOCKS_TO_RELEASE = 4;

abstract class ProviderParty implements Party {
  abstract readonly name: string;
  abstract readonly isHonest: boolean;
  readonly accounts: readonly Uint8Array[];
  /** Files whose fragments could not be rebuilt. */
  readonly #junk = new Set<string>();

  constructor(
    game: Game,
    readonly index: number,
  ) {
    this.accounts = [game.provider(index).account.publicKey];
  }

  abstract act(game: Game): void;

  protected get id(): number {
    return this.index;
  }

  protected submit(game: Game, call: Uint8Array): void {
    game.submit(game.provider(this.index).account, call);
  }

  protected isExpelled(game: Game): boolean {
    return query.Sminer.Miners.get(game.chain, this.index)?.state === 'Expelled';
  }

  /** Reports untagged fragments that it holds, tagged by an active worker. */
  protected reportTags(game: Game): void {
    const worker = game.activeWorker();
    if (worker === undefined) return;
    const untagged = game
      .holdingsOf(this.index)
      .filter(({ fileId, fragment }) => !query.Audit.Tags.has(game.chain, fileId, 0, fragment))
      .filter(({ fileId, fragment }) => game.holds(this.index, fileId, fragment))
      .slice(0, PER_BLOCK);
    if (untagged.length === 0) return;
    const reports = untagged.map(({ fileId, fragment }) => game.chain.tag(this.index, fileId, fragment, worker));
    this.submit(game, tx.Audit.report_tags({ key_id: worker.keyId, reports }));
  }

  /** Answers the open rounds that it can prove; the others if `isBluffing`. */
  protected answer(game: Game, isBluffing = false): void {
    for (const registry of game.openRounds(this.index)) {
      if (!isBluffing && !game.canProve(registry)) continue;
      const info = query.Audit.Challenges.get(game.chain, registry.miner, registry.key_id)!;
      const as_of = Math.max(info.opened_at, game.number);
      const proof = game.proofOf(registry, as_of);
      this.submit(game, tx.Audit.submit_proof({ key_id: registry.key_id, round: info.round, as_of, proof }));
    }
  }

  /** Admits the open rounds that it cannot prove. */
  protected concede(game: Game): void {
    for (const registry of game.openRounds(this.index)) {
      if (game.canProve(registry)) continue;
      const { round } = query.Audit.Challenges.get(game.chain, registry.miner, registry.key_id)!;
      this.submit(game, tx.Audit.concede({ key_id: registry.key_id, round }));
    }
  }

  /** Claims one order of each segment of which it neither holds nor claims a fragment. */
  protected claim(game: Game): void {
    // Without an enclave it could complete nothing.
    if (this.isHonest && game.activeWorker() === undefined) return;
    const bySegment = new Map<string, { file_id: Uint8Array; segment: number; fragment: number }>();
    const claimed = new Set(this.claimed(game).map(({ fileId }) => toHex(fileId)));
    for (const [[file_id, segment, fragment], { claim }] of query.FileBank.RestoralOrders.entries(game.chain, [])) {
      const name = toHex(file_id);
      const isClaimed = claim !== undefined && claim.until >= game.number;
      if (
        isClaimed ||
        this.#mustWait(game, file_id, segment, fragment) ||
        claimed.has(name) ||
        this.#junk.has(name) ||
        this.#holdsOneOf(game, file_id)
      )
        continue;
      bySegment.set(name, { file_id, segment, fragment });
    }
    const places = game.random.shuffled([...bySegment.values()]).slice(0, PER_BLOCK);
    if (places.length > 0) this.submit(game, tx.FileBank.claim_restoral_orders({ places }));
  }

  #mustWait(game: Game, fileId: Uint8Array, segment: number, fragment: number): boolean {
    const waits = query.FileBank.ClaimWaits.get(game.chain, fileId, segment, fragment);
    return waits.some(({ miner, until }) => miner === this.index && game.number < until);
  }

  #holdsOneOf(game: Game, fileId: Uint8Array): boolean {
    return [...query.FileBank.Fragments.entries(game.chain, [fileId])].some(([, { holder }]) => holder === this.index);
  }

  /** Orders that it has claimed. No block is left of a claim that has expired; it may be completed until another takes it over. */
  protected claimed(
    game: Game,
  ): { readonly fileId: Uint8Array; readonly fragment: number; readonly blocksLeft: number }[] {
    return [...query.FileBank.RestoralOrders.entries(game.chain, [])]
      .filter(
        ([place, { claim }]) => claim?.miner === this.index && query.FileBank.ClaimClocks.has(game.chain, ...place),
      )
      .map(([[fileId, , fragment], { claim }]) => ({
        fileId,
        fragment,
        blocksLeft: Math.max(0, (claim?.until ?? 0) - game.number),
      }));
  }

  /** Rebuilds what it has claimed and completes the orders; releases those that it cannot complete in time. */
  protected restore(game: Game): void {
    const worker = game.activeWorker();
    for (const { fileId, fragment, blocksLeft } of this.claimed(game)) {
      const isJunk = game.isJunk(fileId);
      // The rebuilt bytes would not have the root on chain.
      if (isJunk) this.#junk.add(toHex(fileId));
      if (worker !== undefined && !isJunk && game.sourcesOf(fileId) >= K) {
        const restored = game.chain.restore(this.index, fileId, fragment, worker);
        this.submit(game, tx.FileBank.complete_restoral_orders({ key_id: worker.keyId, fragments: [restored] }));
      } else if (isJunk || blocksLeft <= BLOCKS_TO_RELEASE) {
        this.submit(game, tx.FileBank.release_restoral_orders({ places: [{ file_id: fileId, segment: 0, fragment }] }));
      }
    }
  }

  /** Completes an order without the fragment: the signature of its tags is that of others. */
  protected pretend(game: Game, file_id: Uint8Array, fragment: number): void {
    const { keyId } = game.random.pick(game.chain.workers);
    const claim = {
      file_id,
      segment: 0,
      fragment,
      tags_hash: new Uint8Array(32),
      signature: new Uint8Array(64).fill(1),
    };
    this.submit(game, tx.FileBank.complete_restoral_orders({ key_id: keyId, fragments: [claim] }));
  }

  /** Deletes a part of its bytes: one in `oneIn` fragments. */
  protected dropSome(game: Game, oneIn: number): void {
    for (const { fileId, fragment } of game.holdingsOf(this.index)) {
      if (!game.holds(this.index, fileId, fragment) || game.random.below(oneIn) !== 0) continue;
      const isTagged = query.Audit.Tags.has(game.chain, fileId, 0, fragment);
      if (isTagged && !game.cheatsSince.has(this.index)) game.cheatsSince.set(this.index, game.number);
      game.drop(this.index, fileId, fragment);
    }
  }
}

/** Holds everything, answers everything, restores what others lost. */
export class HonestProvider extends ProviderParty {
  readonly isHonest = true;
  readonly name = `honest provider ${this.id}`;

  act(game: Game): void {
    if (game.isFinalityStalled) return;
    this.answer(game);
    this.reportTags(game);
    this.restore(game);
    this.claim(game);
  }
}

abstract class DishonestProvider extends ProviderParty {
  readonly isHonest = false;
  /** Block in which it begins to cheat: after its first fragments are tagged. */
  protected readonly begins: number;

  constructor(game: Game, index: number) {
    super(game, index);
    this.begins = game.number + 10 + game.random.below(PERIOD_OF_TRUST);
  }

  act(game: Game): void {
    if (game.number < this.begins) {
      this.answer(game);
      this.reportTags(game);
    } else this.cheat(game);
  }

  protected abstract cheat(game: Game): void;
}

const PERIOD_OF_TRUST = 30;

/** Loses all its data and says nothing. */
export class SilentProvider extends DishonestProvider {
  readonly name = `silent provider ${this.id}`;

  protected cheat(game: Game): void {
    this.dropSome(game, 1);
  }
}

/** Loses a part of its data and answers only what it can prove. */
class SelectiveProvider extends DishonestProvider {
  readonly name = `selective provider ${this.id}`;
  #hasDropped = false;

  protected cheat(game: Game): void {
    if (!this.#hasDropped) this.dropSome(game, 3);
    this.#hasDropped = true;
    this.answer(game);
    this.reportTags(game);
  }
}

/** Loses all its data and answers with bytes that prove nothing. */
class BluffingProvider extends DishonestProvider {
  readonly name = `bluffing provider ${this.id}`;

  protected cheat(game: Game): void {
    this.dropSome(game, 1);
    this.answer(game, true);
  }
}

/** Loses all its data; when it is asked, it reports losses, reduces its declaration and leaves before it is punished. */
class EscapingProvider extends DishonestProvider {
  readonly name = `escaping provider ${this.id}`;

  protected cheat(game: Game): void {
    this.dropSome(game, 1);
    // It reports its losses, which is cheaper than to be found out.
    game.cheatsSince.delete(this.index);
    const info = query.Sminer.Miners.get(game.chain, this.index);
    if (info === undefined || info.state === 'Expelled') return;
    this.answer(game, true);
    const places = game
      .holdingsOf(this.index)
      .slice(0, PER_BLOCK)
      .map(({ fileId, fragment }) => ({ file_id: fileId, segment: 0, fragment }));
    if (places.length > 0) this.submit(game, tx.FileBank.report_loss({ places }));
    if (info.service_space * 2n < info.declared_space) {
      this.submit(game, tx.Sminer.decrease_declaration_space({ bytes: info.declared_space / 2n }));
    }
    this.submit(game, tx.Sminer.miner_exit_prep({}));
    this.submit(game, tx.Sminer.miner_exit({}));
  }
}

/** Deletes everything in silence and takes out as much of its stake as it can before it is asked. */
export class AbscondingProvider extends DishonestProvider {
  readonly name = `absconding provider ${this.id}`;

  protected cheat(game: Game): void {
    this.dropSome(game, 1);
    const info = query.Sminer.Miners.get(game.chain, this.index);
    if (info === undefined || info.state === 'Expelled') return;
    const spare = info.declared_space - info.service_space - BigInt(GiB);
    if (spare > 0n) this.submit(game, tx.Sminer.decrease_declaration_space({ bytes: spare }));
  }
}

/** Claims and completes every order without rebuilding anything, and never tags. */
class PhantomProvider extends DishonestProvider {
  readonly name = `phantom provider ${this.id}`;

  protected cheat(game: Game): void {
    this.answer(game);
    for (const { fileId, fragment } of this.claimed(game)) this.pretend(game, fileId, fragment);
    this.claim(game);
  }
}

/** Claims all orders, again and again, and completes none, so that nobody else can. */
class HoardingProvider extends DishonestProvider {
  readonly name = `hoarding provider ${this.id}`;

  protected cheat(game: Game): void {
    this.answer(game);
    this.claim(game);
  }
}

/** Claims every order that it can, and releases the claims just before they expire, again and again. */
export class ReleasingHoarder extends DishonestProvider {
  readonly name = `releasing hoarder ${this.id}`;

  protected cheat(game: Game): void {
    this.answer(game);
    const late = this.claimed(game).filter(({ blocksLeft }) => blocksLeft <= 1);
    const released = late.map(({ fileId, fragment }) => ({ file_id: fileId, segment: 0, fragment }));
    if (released.length > 0) this.submit(game, tx.FileBank.release_restoral_orders({ places: released }));
    const orders = [...query.FileBank.RestoralOrders.entries(game.chain, [])]
      .filter(([[fileId], { claim }]) => claim?.miner !== this.index && !game.isJunk(fileId))
      .map(([[file_id, segment, fragment]]) => ({ file_id, segment, fragment }));
    const places = [...released, ...orders].slice(0, MAX_PLACES);
    // Whoever releases an order claims it again in the same block, before anybody else can.
    if (places.length > 0) this.submit(game, tx.FileBank.claim_restoral_orders({ places }));
  }
}

export const DISHONEST_PROVIDERS = [
  SilentProvider,
  SelectiveProvider,
  BluffingProvider,
  EscapingProvider,
  AbscondingProvider,
  PhantomProvider,
  HoardingProvider,
  ReleasingHoarder,
] as const;
