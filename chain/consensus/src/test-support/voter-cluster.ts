// A cluster of voters in one process on virtual time: network, disks, block production and crashes follow one seed. It checks at
// every effect that no two blocks that conflict are final, that finality never goes back, and that no honest key votes twice.

import assert from 'node:assert/strict';
import {
  type Announcement,
  type Authority,
  type AuthorityChange,
  type AuthoritySet,
  type BlockRef,
  type ChainView,
  decodeMessage,
  encodeMessage,
  type Message,
  type SignedVote,
  type UnsignedVote,
  type VoteMark,
  Voter,
  type VoterConfig,
  type VoterEffect,
  type VoterInput,
  type VoterStart,
} from '../index.js';

/** xorshift128: small, seeded, and the same everywhere. */
export function seededRandom(seed: number): () => number {
  let [x, y, z, w] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88 | 0, 0xb7e15162 | 0];
  const next = () => {
    const t = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    return (w >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 16; i++) next();
  return next;
}

const hex32 = (value: number) => value.toString(16).padStart(64, '0');
export const keyOf = (index: number) => hex32(0x1000 + index);
export const authority = (index: number, weight = 1n): Authority => ({
  key: Uint8Array.from(Buffer.from(keyOf(index), 'hex')),
  weight,
});

/** 64 bytes that only this function makes; verification makes them again. */
export function fakeSignature(vote: UnsignedVote, voter: string): Uint8Array {
  let state = 0x811c9dc5;
  for (const text of [voter, vote.kind, String(vote.round), String(vote.setId), vote.target.hash]) {
    for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  }
  const signature = new Uint8Array(64);
  new DataView(signature.buffer).setInt32(0, state, true);
  return signature;
}

export const fakeVerify = (vote: SignedVote) => {
  const expected = fakeSignature(vote, vote.voter);
  return expected.every((byte, i) => byte === vote.signature[i]);
};

/** Imported blocks of one node; the best chain is the longest, the lower hash on a tie. */
class NodeView implements ChainView {
  readonly #blocks = new Map<string, { readonly number: number; readonly parent: string | undefined }>();
  #heads: BlockRef[];

  constructor(genesis: BlockRef) {
    this.#blocks.set(genesis.hash, { number: genesis.number, parent: undefined });
    this.#heads = [genesis];
  }

  add(block: BlockRef, parent: string): void {
    this.#blocks.set(block.hash, { number: block.number, parent });
    this.#heads = [...this.#heads.filter(({ hash }) => hash !== parent), block];
  }

  numberOf(hash: string): number | undefined {
    return this.#blocks.get(hash)?.number;
  }

  parentOf(hash: string): string | undefined {
    return this.#blocks.get(hash)?.parent;
  }

  bestContaining(hash: string): BlockRef | undefined {
    const number = this.numberOf(hash);
    if (number === undefined) return undefined;
    let best: BlockRef | undefined;
    for (const head of this.#heads) {
      if (!this.#contains(head, hash, number)) continue;
      if (!best || head.number > best.number || (head.number === best.number && head.hash < best.hash)) best = head;
    }
    return best;
  }

  #contains(head: BlockRef, hash: string, number: number): boolean {
    let at: string | undefined = head.hash;
    for (let height = head.number; height > number && at !== undefined; height--) at = this.parentOf(at);
    return at === hash;
  }
}

interface Block extends Announcement {
  readonly parent: string;
}

export interface ClusterOptions {
  readonly seed: number;
  readonly voters: number;
  /** Share of messages that are lost. */
  readonly loss?: number;
  readonly maxDelayMs?: number;
  readonly slotMs?: number;
  /** Share of blocks that continue an older block than the best one. */
  readonly forks?: number;
  readonly config?: Partial<VoterConfig>;
  /** Changes by the height of the block that announces them. */
  readonly changes?: Readonly<Record<number, AuthorityChange>>;
  /** Indices of the voters that have a second instance with the same key. */
  readonly twins?: readonly number[];
  /** Notes conflicting finality, which more twins than the set tolerates can bring about, instead of failing. */
  readonly isConflictNoted?: boolean;
}

export interface ClusterNode {
  readonly index: number;
  /** Index of its key. */
  readonly seat: number;
  readonly isHonest: boolean;
  voter: Voter | undefined;
  /** What is on its disk. */
  record: Uint8Array | undefined;
  /** What is beside its key, from a moment before the record has it. */
  lastVote: VoteMark | undefined;
  /** A vote is beside the key, and not in the record. */
  isBetweenWrites: boolean;
  finalized: BlockRef;
  authorities: AuthoritySet;
  view: NodeView;
  timerAtMs: number;
  /** Grows with every crash: what was under way before it is void. */
  life: number;
  readonly effects: VoterEffect[];
}

const genesis: BlockRef = { hash: hex32(1), number: 0 };
const defaultConfig: Omit<VoterConfig, 'localKey'> = {
  gossipDurationMs: 200,
  commitDelayMs: 400,
  resendMs: 2000,
  catchUpTimeoutMs: 3000,
  behindBestBlocks: 0,
  isThreeQuartersRule: false,
};

export class Cluster {
  readonly nodes: ClusterNode[] = [];
  readonly blocks = new Map<string, Block>();
  /** Voters of which somebody proved an equivocation. */
  readonly proven = new Set<string>();
  /** Nodes that halted over a conflict. */
  readonly halted = new Set<number>();
  hasConflict = false;
  nowMs = 0;
  steps = 0;
  /** Decides whether a message from one node reaches another. */
  isLinked: (from: number, to: number) => boolean = () => true;
  isProducing = true;
  loss: number;
  readonly #options: ClusterOptions;
  readonly #random: () => number;
  readonly #queue: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];
  #order = 0;
  #blockCount = 1;
  /** Hash of the final block at each height, whoever found it. */
  readonly #final = new Map<number, string>([[0, genesis.hash]]);
  readonly #cast = new Map<string, string>();

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.loss = options.loss ?? 0;
    const twins = options.twins ?? [];
    const seats = [...Array(options.voters).keys(), ...twins];
    const authorities = { setId: 0n, authorities: [...Array(options.voters).keys()].map((i) => authority(i)) };
    seats.forEach((seat, index) => {
      const node: ClusterNode = {
        index,
        seat,
        isHonest: !twins.includes(seat),
        voter: undefined,
        record: undefined,
        lastVote: undefined,
        isBetweenWrites: false,
        finalized: genesis,
        authorities,
        view: new NodeView(genesis),
        timerAtMs: -1,
        life: 0,
        effects: [],
      };
      this.nodes.push(node);
      this.#at(Math.floor(this.#random() * 100), () => this.start(index, true));
    });
    this.#at(options.slotMs ?? 1000, () => this.#produce());
  }

  /** Runs until the time, or until the condition holds. True if it does. */
  run(untilMs: number, isDone: () => boolean = () => false): boolean {
    for (;;) {
      const next = this.#queue[0];
      if (!next || next.atMs > untilMs) break;
      this.#pop();
      this.nowMs = next.atMs;
      next.run();
      if (isDone()) return true;
    }
    this.nowMs = untilMs;
    return isDone();
  }

  crash(index: number): void {
    const node = this.nodes[index]!;
    node.voter = undefined;
    node.life++;
  }

  /** Starts the node from what its disk has. */
  start(index: number, isNewEpoch = false, epoch = new Uint8Array(16).fill(index)): void {
    const node = this.nodes[index]!;
    node.life++;
    node.timerAtMs = -1;
    const localKey = keyOf(node.seat);
    node.voter = new Voter(
      { ...defaultConfig, ...this.#options.config, localKey },
      {
        view: node.view,
        verify: fakeVerify,
        sign: (vote) => fakeSignature(vote, localKey),
        random: this.#random,
      },
    );
    node.isBetweenWrites = false;
    const { record, lastVote, finalized, authorities } = node;
    const announced = [...this.blocks.values()].filter(
      ({ block, changes }) =>
        changes.some(({ delayBlocks }) => block.number + delayBlocks > finalized.number) &&
        node.view.numberOf(block.hash) !== undefined,
    );
    const start: VoterStart = { record, lastVote, epoch, isNewEpoch, finalized, authorities, announced };
    this.step(index, { type: 'start', start });
  }

  step(index: number, input: VoterInput): void {
    const node = this.nodes[index]!;
    if (!node.voter) return;
    this.steps++;
    for (const effect of node.voter.step(input, this.nowMs)) this.#carryOut(node, effect);
  }

  #carryOut(node: ClusterNode, effect: VoterEffect): void {
    if (effect.type !== 'timer' && effect.type !== 'broadcast') node.effects.push(effect);
    switch (effect.type) {
      case 'persist':
        this.#note(node, effect.mark);
        return this.#write(node, effect.write, () => {
          node.record = effect.record;
          node.isBetweenWrites = false;
        });
      case 'finalize':
        return this.#finalize(node, effect);
      case 'broadcast':
        this.#checkVote(node, effect.message);
        for (const to of this.nodes) if (to !== node) this.#deliver(node, to, effect.message);
        return;
      case 'send':
        return this.#deliver(node, this.nodes[Number(effect.peer)]!, effect.message);
      case 'timer':
        node.timerAtMs = effect.atMs;
        return this.#at(effect.atMs, () => {
          if (node.timerAtMs === effect.atMs) this.step(node.index, { type: 'tick' });
        });
      case 'equivocation':
        this.proven.add(effect.proof.voter);
        return;
      case 'penalise': {
        const peer = this.nodes[Number(effect.peer)]!;
        // Messages overtake each other here, which real streams do not.
        assert.ok(
          !peer.isHonest || effect.reason === 'backwards' || effect.reason === 'unsolicited-catch-up',
          effect.reason,
        );
        return;
      }
      case 'halt':
        assert.ok(this.#options.isConflictNoted, `node ${node.index} halted: ${effect.conflicting.number}`);
        this.halted.add(node.index);
    }
  }

  /** GR-82: beside the key before it is in the record. */
  #note(node: ClusterNode, mark: VoteMark | undefined): void {
    const { life } = node;
    if (mark === undefined) return;
    this.#at(this.nowMs + 1, () => {
      if (node.life !== life) return;
      node.lastVote = mark;
      node.isBetweenWrites = true;
    });
  }

  /** A write is on disk after a while, in order, unless the node crashes before. */
  #write(node: ClusterNode, write: number, apply: () => void): void {
    const { life } = node;
    this.#at(this.nowMs + 2, () => {
      if (node.life !== life) return;
      apply();
      this.step(node.index, { type: 'written', write });
    });
  }

  #finalize(node: ClusterNode, { block, change, commit }: Extract<VoterEffect, { type: 'finalize' }>): void {
    assert.ok(block.number > node.finalized.number, 'finality goes up');
    let hash = block.hash;
    for (let number = block.number; number > 0; number--) {
      const known = this.#final.get(number);
      const isConflict = known !== undefined && known !== hash;
      assert.ok(!isConflict || this.#options.isConflictNoted, `conflicting finality at ${number}`);
      this.hasConflict ||= isConflict;
      if (known !== undefined) break;
      this.#final.set(number, hash);
      hash = this.blocks.get(hash)!.parent;
    }
    assert.ok(commit, 'nodes of a cluster finalize by commits');
    node.finalized = block;
    if (change) {
      node.authorities = change.authorities;
      node.record = change.record;
      this.#write(node, change.write, () => undefined);
    }
  }

  #checkVote(node: ClusterNode, message: Message): void {
    if (message.type !== 'vote' || !node.isHonest || message.vote.voter !== keyOf(node.seat)) return;
    const { kind, round, setId, target, voter } = message.vote;
    const slot = `${voter}/${setId}/${round}/${kind}`;
    const before = this.#cast.get(slot);
    assert.ok(before === undefined || before === target.hash, `honest voter ${node.index} equivocates in ${slot}`);
    this.#cast.set(slot, target.hash);
    const prevoted = kind !== 'precommit' || this.#cast.has(`${voter}/${setId}/${round}/prevote`);
    assert.ok(prevoted, `voter ${node.index} precommits without a prevote in ${slot}`);
  }

  #deliver(from: ClusterNode, to: ClusterNode, message: Message): void {
    if (this.#random() < this.loss || !this.isLinked(from.index, to.index)) return;
    // A twin would fall silent when it hears itself; here it shall go on.
    if (!to.isHonest && message.type === 'vote' && message.vote.voter === keyOf(to.seat)) return;
    const { life } = to;
    const bytes = this.steps % 64 === 0 ? encodeMessage(message) : undefined;
    this.#at(this.nowMs + 1 + Math.floor(this.#random() * (this.#options.maxDelayMs ?? 100)), () => {
      if (to.life !== life || !this.isLinked(from.index, to.index)) return;
      // Now and then through the wire format.
      this.step(to.index, {
        type: 'message',
        peer: String(from.index),
        message: bytes ? decodeMessage(bytes) : message,
      });
    });
  }

  #produce(): void {
    const slotMs = this.#options.slotMs ?? 1000;
    this.#at(this.nowMs + slotMs, () => this.#produce());
    const author = this.nodes[Math.floor(this.nowMs / slotMs) % this.#options.voters]!;
    if (!author.voter || !this.isProducing) return;
    let parent = author.view.bestContaining(author.finalized.hash)!;
    if (this.#random() < (this.#options.forks ?? 0) && parent.number > author.finalized.number) {
      parent = { hash: author.view.parentOf(parent.hash)!, number: parent.number - 1 };
    }
    const block = { hash: hex32(0x10000 + this.#blockCount++), number: parent.number + 1 };
    const change = this.#options.changes?.[block.number];
    const made: Block = { block, parent: parent.hash, changes: change ? [change] : [], timeMs: this.nowMs };
    this.blocks.set(block.hash, made);
    this.#import(author, made);
    for (const node of this.nodes) if (node !== author) this.#sendBlock(author, node, made);
  }

  /** Blocks arrive in the end: a node that is away or cut off asks again. */
  #sendBlock(from: ClusterNode, to: ClusterNode, made: Block): void {
    this.#at(this.nowMs + 10 + Math.floor(this.#random() * (this.#options.maxDelayMs ?? 100)), () => {
      if (!to.voter || !this.isLinked(from.index, to.index) || to.view.numberOf(made.parent) === undefined) {
        this.#at(this.nowMs + 500, () => this.#sendBlock(from, to, made));
      } else this.#import(to, made);
    });
  }

  #import(node: ClusterNode, { block, parent, changes, timeMs }: Block): void {
    if (node.view.numberOf(block.hash) !== undefined) return;
    node.view.add(block, parent);
    this.step(node.index, { type: 'imported', block, changes, timeMs });
  }

  #at(atMs: number, run: () => void): void {
    const queue = this.#queue;
    const entry = { atMs, order: this.#order++, run };
    let i = queue.push(entry) - 1;
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (!isBefore(entry, queue[up]!)) break;
      queue[i] = queue[up]!;
      i = up;
    }
    queue[i] = entry;
  }

  #pop(): void {
    const queue = this.#queue;
    const last = queue.pop()!;
    if (queue.length === 0) return;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      if (down >= queue.length) break;
      if (down + 1 < queue.length && isBefore(queue[down + 1]!, queue[down]!)) down++;
      if (!isBefore(queue[down]!, last)) break;
      queue[i] = queue[down]!;
      i = down;
    }
    queue[i] = last;
  }
}

function isBefore(a: { atMs: number; order: number }, b: { atMs: number; order: number }): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
