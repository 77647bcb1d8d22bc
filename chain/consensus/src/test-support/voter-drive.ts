// One voter in the hands of a test: blocks by name, votes of all members at will, writes confirmed when the test says so.
import {
  type AuthorityChange,
  type AuthoritySet,
  type BlockRef,
  type Commit,
  type Message,
  type SignedVote,
  type VoteEntry,
  type VoteKind,
  Voter,
  type VoterConfig,
  type VoterEffect,
  type VoterInput,
  type VoterStart,
} from '../index.js';
import { BlockTree } from './block-tree.js';
import { authority, fakeSignature, fakeVerify, keyOf } from './voter-cluster.js';

export const hashOf = (name: string) => Buffer.from(name).toString('hex').padEnd(64, '0');
export const nameOf = (hash: string) => Buffer.from(hash, 'hex').toString().replace(/\0+$/, '');

export interface DriveOptions {
  /** Weights of the members; member 0 is the local voter. */
  readonly weights: readonly number[];
  readonly start?: Partial<VoterStart>;
  readonly config?: Partial<VoterConfig>;
  /** Confirms every write at once. */
  readonly isDiskFast?: boolean;
  readonly tree?: BlockTree;
  readonly nowMs?: number;
}

/** T of the tests: prevotes at 200, precommits at 400. */
const T = 100;

export class Drive {
  readonly voter: Voter;
  readonly tree: BlockTree;
  readonly set: AuthoritySet;
  effects: VoterEffect[] = [];
  record: Uint8Array | undefined;
  nowMs: number;
  readonly #isDiskFast: boolean;

  constructor({ weights, start, config, isDiskFast = true, tree, nowMs = 0 }: DriveOptions) {
    this.tree = tree ?? trunk('A', 'B', 'C', 'D', 'E');
    this.nowMs = nowMs;
    this.#isDiskFast = isDiskFast;
    this.set = { setId: 0n, authorities: weights.map((weight, i) => authority(i, BigInt(weight))) };
    this.voter = new Voter(
      {
        localKey: keyOf(0),
        gossipDurationMs: T,
        commitDelayMs: 100,
        resendMs: 10_000,
        catchUpTimeoutMs: 5000,
        behindBestBlocks: 0,
        isThreeQuartersRule: false,
        ...config,
      },
      {
        view: this.tree,
        verify: fakeVerify,
        sign: (vote) => fakeSignature(vote, keyOf(0)),
        random: () => 0.5,
      },
    );
    this.give({
      type: 'start',
      start: {
        record: undefined,
        epoch: new Uint8Array(16),
        isNewEpoch: start?.record === undefined,
        finalized: this.block('G'),
        authorities: this.set,
        announced: [],
        ...start,
      },
    });
  }

  block(name: string): BlockRef {
    return this.tree.ref(hashOf(name));
  }

  give(input: VoterInput): VoterEffect[] {
    const effects = this.voter.step(input, this.nowMs);
    this.effects.push(...effects);
    for (const effect of effects) {
      const write =
        effect.type === 'persist' ? effect : effect.type === 'finalize' && effect.change ? effect.change : undefined;
      if (!write) continue;
      this.record = write.record;
      if (this.#isDiskFast) this.give({ type: 'written', write: write.write });
    }
    return effects;
  }

  /** Goes to the time and ticks. */
  at(nowMs: number): this {
    this.nowMs = nowMs;
    this.give({ type: 'tick' });
    return this;
  }

  receive(message: Message, peer = 'peer'): this {
    this.give({ type: 'message', peer, message });
    return this;
  }

  /** Votes of members for a block. */
  votes(kind: VoteKind, name: string, members: readonly number[], round = this.voter.round.number): this {
    for (const member of members) this.receive({ type: 'vote', vote: this.signed(kind, name, member, round) });
    return this;
  }

  signed(kind: VoteKind, name: string, member: number, round: number, setId = this.voter.setId): SignedVote {
    const number = this.tree.numberOf(hashOf(name)) ?? 99;
    const vote = { kind, round, setId, target: { hash: hashOf(name), number } };
    return { ...vote, voter: keyOf(member), signature: fakeSignature(vote, keyOf(member)) };
  }

  entries(kind: VoteKind, name: string, members: readonly number[], round: number, setId?: number): VoteEntry[] {
    return members.map((member) => {
      const { target, voter, signature } = this.signed(kind, name, member, round, setId);
      return { target, voter, signature };
    });
  }

  commit(name: string, members: readonly number[], round: number, setId = this.voter.setId): Commit {
    return {
      round,
      setId,
      target: this.block(name),
      precommits: this.entries('precommit', name, members, round, setId),
    };
  }

  import(parent: string, name: string, changes: readonly AuthorityChange[] = [], timeMs = 0): this {
    this.tree.push(hashOf(parent), hashOf(name));
    this.give({ type: 'imported', block: this.block(name), changes, timeMs });
    return this;
  }

  of<Type extends VoterEffect['type']>(type: Type): Extract<VoterEffect, { type: Type }>[] {
    return this.effects.filter((each): each is Extract<VoterEffect, { type: Type }> => each.type === type);
  }

  /** Own votes that were sent, as "kind name@round". */
  get sent(): string[] {
    return this.of('broadcast').flatMap(({ message }) => {
      if (message.type !== 'vote' || message.vote.voter !== keyOf(0)) return [];
      return [`${message.vote.kind} ${nameOf(message.vote.target.hash)}@${message.vote.round}`];
    });
  }

  get finalized(): string {
    return nameOf(this.voter.finalized.hash);
  }

  get penalties(): string[] {
    return this.of('penalise').map(({ reason }) => reason);
  }
}

/** A chain of blocks upon G. */
export function trunk(...names: string[]): BlockTree {
  return new BlockTree(hashOf('G')).push(hashOf('G'), ...names.map(hashOf));
}

/** A change to a set of these members that takes effect at once. */
export const setOf = (...members: number[]): AuthorityChange => ({
  kind: 'set',
  authorities: members.map((member) => authority(member)),
  delayBlocks: 0,
});
