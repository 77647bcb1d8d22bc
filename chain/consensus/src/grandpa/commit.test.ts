// GR-20 to GR-31, GR-60: formats of messages, commits, justifications and equivocation proofs. The validation scenarios are those
// of finality-grandpa; the bytes of live chains come from smoldot's tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Header } from '@cess/chain-primitives';
import { fromHex, isCessError, toHex } from '@cess/primitives';
import {
  type BlockRef,
  type Commit,
  type CommitProblem,
  createCommit,
  decodeMessage,
  decodeVoteEquivocation,
  encodeMessage,
  encodeVoteEquivocation,
  findCommitProblem,
  headerHash,
  justificationCodec,
  justifyCommit,
  type Message,
  precommitPayload,
  Round,
  type SignedVote,
  signVote,
  type UnsignedVote,
  type VoteEquivocation,
  VoterSet,
  verifyJustification,
  verifyVoteEd25519,
  verifyVoteEquivocation,
  votePayload,
} from '../index.js';
import { BlockTree, weighted } from '../test-support/block-tree.js';
import { authorities, plainHeader, signers } from '../test-support/chain.js';
import { substrateCommit, substrateJustification } from '../test-support/substrate-messages.js';

const trusting = () => true;

describe('commit validation', () => {
  const tree = new BlockTree().push('genesis', 'A', 'B', 'C').push('A', 'X', 'Y');
  const voters = VoterSet.of(weighted(...new Array<number>(100).fill(1)));
  const entry = (voter: number, block: string) => ({
    target: tree.ref(block),
    voter: voters.keys[voter] ?? 'ff'.repeat(32),
    signature: new Uint8Array(64),
  });
  const range = (from: number, to: number, block: string) =>
    Array.from({ length: to - from }, (_, i) => entry(from + i, block));
  const problem = (target: string, precommits: Commit['precommits'], verify = trusting): CommitProblem | undefined =>
    findCommitProblem({ round: 1, setId: 1, target: tree.ref(target), precommits }, voters, tree, verify);

  it('GR-30: 67 of 100 votes are needed, and 66 are not enough', () => {
    assert.equal(problem('C', range(0, 66, 'C')), 'weight');
    assert.equal(problem('C', range(0, 67, 'C')), undefined);
  });

  it('GR-30: the target is exactly the GHOST of the votes', () => {
    assert.equal(problem('B', range(0, 67, 'C')), 'target');
    assert.equal(problem('C', [...range(0, 66, 'C'), entry(66, 'B')]), 'target');
    assert.equal(problem('B', [...range(0, 66, 'C'), entry(66, 'B')]), undefined);
  });

  it('GR-30: an equivocator counts once, for every block', () => {
    const votes = [...range(0, 66, 'C'), entry(66, 'X'), entry(66, 'Y')];
    assert.equal(problem('C', votes), 'ancestry', 'the lowest vote is on another branch');
    assert.equal(problem('C', [...range(0, 66, 'C'), entry(66, 'A'), entry(66, 'X')]), undefined);
    assert.equal(problem('C', [...range(0, 65, 'C'), entry(66, 'A'), entry(66, 'X')]), 'weight');
  });

  it('GR-30: more than one equivocation, a repeated vote, and strangers are refused', () => {
    const votes = range(0, 67, 'B');
    assert.equal(problem('B', [...votes, entry(1, 'B')]), 'duplicate-vote');
    assert.equal(problem('B', [...votes, entry(1, 'A'), entry(1, 'C')]), 'duplicate-vote');
    assert.equal(problem('B', [...votes, entry(100, 'B')]), 'unknown-voter');
    assert.equal(problem('B', []), 'empty');
  });

  it('GR-30: unknown blocks, wrong heights and wrong signatures are told apart', () => {
    const votes = range(0, 67, 'B');
    const at = (target: BlockRef) => [{ ...entry(0, 'B'), target }, ...votes.slice(1)];
    assert.equal(problem('B', at({ hash: 'nowhere', number: 2 })), 'unknown-block');
    assert.equal(problem('B', at({ hash: 'B', number: 3 })), 'ancestry');
    assert.equal(
      problem('B', votes, () => false),
      'signature',
    );
  });

  function roundOf(precommits: [number, string][], prevotes = range(0, 100, 'C')): Round {
    const round = new Round(1, voters, tree.ref('genesis'));
    for (const { voter, ...ballot } of prevotes) round.addVote('prevote', voters.indexOf(voter)!, ballot, tree);
    for (const [voter, block] of precommits) {
      round.addVote('precommit', voter, { target: tree.ref(block), signature: new Uint8Array(64) }, tree);
    }
    return round;
  }
  const votesFor = (count: number, block: string) =>
    Array.from({ length: count }, (_, i): [number, string] => [i, block]);

  it('GR-31: a commit leaves out votes of equivocators that it does not need', () => {
    const round = roundOf([...votesFor(67, 'C'), [70, 'X'], [70, 'Y'], [71, 'genesis']]);
    const commit = createCommit(round, 1, tree)!;
    assert.deepEqual(commit.target, tree.ref('C'));
    assert.equal(commit.precommits.length, 67);
    assert.equal(findCommitProblem(commit, voters, tree, trusting), undefined);
  });

  it('GR-31: a vote of an equivocator for the target counts as any other', () => {
    const commit = createCommit(roundOf([...votesFor(66, 'C'), [70, 'X'], [70, 'C']]), 1, tree)!;
    assert.equal(commit.precommits.length, 67);
    assert.equal(findCommitProblem(commit, voters, tree, trusting), undefined);
  });

  it('GR-31: votes of an equivocator without a common base with the others wait for better votes', () => {
    const votes: [number, string][] = [...votesFor(66, 'C'), [70, 'X'], [70, 'Y']];
    const round = roundOf(votes);
    assert.deepEqual(round.state.finalized, tree.ref('C'));
    assert.equal(createCommit(round, 1, tree), undefined);
    const usable = createCommit(roundOf([...votesFor(66, 'C'), [70, 'A'], [70, 'Y']]), 1, tree)!;
    assert.equal(usable.precommits.length, 68);
    assert.equal(findCommitProblem(usable, voters, tree, trusting), undefined);
    const later = createCommit(roundOf([...votes, [71, 'C']]), 1, tree)!;
    assert.equal(findCommitProblem(later, voters, tree, trusting), undefined);
  });

  it('GR-31: where precommits reach above the prevotes that were seen, the commit is for what they reach', () => {
    const round = roundOf(votesFor(70, 'C'), range(0, 70, 'B'));
    assert.deepEqual(round.state.finalized, tree.ref('B'));
    const commit = createCommit(round, 1, tree)!;
    assert.deepEqual(commit.target, tree.ref('C'));
    assert.equal(findCommitProblem(commit, voters, tree, trusting), undefined);
  });

  it('GR-31: without a finalized block there is no commit', () => {
    assert.equal(createCommit(roundOf(votesFor(66, 'C')), 1, tree), undefined);
  });
});

describe('wire formats', () => {
  const hash = (byte: number) => toHex(new Uint8Array(32).fill(byte));
  const target = { hash: hash(0xaa), number: 0x01020304 };
  const vote: SignedVote = {
    kind: 'prevote',
    round: 5,
    setId: 6,
    target,
    voter: hash(1),
    signature: new Uint8Array(64).fill(2),
  };
  const entries = [{ target, voter: vote.voter, signature: vote.signature }];

  it('GR-20: a vote signs its tag, block, round and set: 53 bytes', () => {
    for (const [kind, tag] of [
      ['prevote', '00'],
      ['precommit', '01'],
      ['primary', '02'],
    ] as const) {
      const expected = `${tag}${'aa'.repeat(32)}0403020105000000000000000600000000000000`;
      assert.equal(toHex(votePayload({ ...vote, kind })), expected);
    }
    const asBefore = precommitPayload({ hash: fromHex(target.hash), number: target.number }, 5n, 6n);
    assert.deepEqual(votePayload({ ...vote, kind: 'precommit' }), asBefore);
  });

  it('GR-21: messages have the bytes of Substrate', () => {
    const signature = '02'.repeat(64);
    const block = `${'aa'.repeat(32)}04030201`;
    const numbers = '05000000000000000600000000000000';
    const swapped = '06000000000000000500000000000000';
    const signed = `04${block}${signature}${'01'.repeat(32)}`;
    const cases: [Message, string][] = [
      [{ type: 'vote', vote }, `00${numbers}00${block}${signature}${'01'.repeat(32)}`],
      [{ type: 'vote', vote: { ...vote, kind: 'primary' } }, `00${numbers}02${block}${signature}${'01'.repeat(32)}`],
      [
        { type: 'commit', commit: { round: 5, setId: 6, target, precommits: entries } },
        `01${numbers}${block}04${block}04${signature}${'01'.repeat(32)}`,
      ],
      [{ type: 'neighbour', packet: { round: 5, setId: 6, commitHeight: 7 } }, `0201${numbers}07000000`],
      [{ type: 'catch-up-request', request: { round: 5, setId: 6 } }, `03${numbers}`],
      [
        { type: 'catch-up', catchUp: { setId: 6, round: 5, base: target, prevotes: entries, precommits: entries } },
        `04${swapped}${signed}${signed}${block}`,
      ],
    ];
    for (const [message, hex] of cases) {
      assert.equal(toHex(encodeMessage(message)), hex, message.type);
      assert.deepEqual(decodeMessage(fromHex(hex)), message);
    }
  });

  it('GR-21: a commit of a live chain decodes and encodes to itself', () => {
    const message = decodeMessage(fromHex(`01${substrateCommit}`));
    assert.ok(message.type === 'commit');
    const { round, setId, target: block, precommits } = message.commit;
    assert.deepEqual([round, setId, block.number, precommits.length], [3669, 3490, 5_105_457, 7]);
    assert.ok(precommits.every((each) => each.target.hash === block.hash));
    assert.equal(toHex(encodeMessage(message)), `01${substrateCommit}`);
  });

  it('GR-21: the signatures of that commit are by the 53 bytes of GR-20', () => {
    const message = decodeMessage(fromHex(`01${substrateCommit}`));
    assert.ok(message.type === 'commit');
    const { round, setId, precommits } = message.commit;
    assert.ok(precommits.every((each) => verifyVoteEd25519({ kind: 'precommit', round, setId, ...each })));
    assert.ok(!precommits.some((each) => verifyVoteEd25519({ kind: 'precommit', round, setId: setId + 1, ...each })));
  });

  it('GR-30: a commit with another number of signatures than votes has no votes', () => {
    const block = `${'aa'.repeat(32)}04030201`;
    const message = decodeMessage(fromHex(`01${'05'.padEnd(16, '0')}${'06'.padEnd(16, '0')}${block}04${block}00`));
    assert.ok(message.type === 'commit');
    assert.deepEqual(message.commit.precommits, []);
  });

  it('GR-21: rounds beyond the safe integers and lists without an end are refused', () => {
    for (const hex of [`03${'ff'.repeat(16)}`, `04${'00'.repeat(16)}feffffff`]) {
      assert.throws(
        () => decodeMessage(fromHex(hex)),
        (thrown) => isCessError(thrown, 'SCALE_MALFORMED'),
      );
    }
  });

  it('GR-40: a justification of a live chain verifies, and encodes to itself', () => {
    const bytes = fromHex(substrateJustification);
    const justification = justificationCodec.decode(bytes);
    assert.equal(justification.commit.precommits.length, 5);
    assert.deepEqual(justificationCodec.encode(justification), bytes);
    const set = justification.commit.precommits.map(({ id }) => ({ key: id, weight: 1n }));
    // The chain's first set: id 0. The id is signed, but not in the bytes.
    assert.ok(verifyJustification(justification, { setId: 0n, authorities: set }).ok);
    const result = verifyJustification(justification, { setId: 1n, authorities: set });
    assert.ok(!result.ok && isCessError(result.error, 'JUSTIFICATION_INVALID'));
    assert.equal(result.error.data.reason, 'signature');
  });
});

describe('justifications of commits', () => {
  const voters = VoterSet.of(authorities.map((key) => ({ key, weight: 1n })));
  const genesis = plainHeader(undefined);
  const a1 = plainHeader(genesis);
  const a2 = plainHeader(a1);
  const a3 = plainHeader(a2);
  const b2 = plainHeader(a1, 1);
  const headers = new Map([genesis, a1, a2, a3, b2].map((each) => [toHex(headerHash(each)), each]));
  const ref = (header: Header): BlockRef => ({ hash: toHex(headerHash(header)), number: header.number });
  const entry = (seat: number, header: Header) => {
    const unsigned: UnsignedVote = { kind: 'precommit', round: 7, setId: 3, target: ref(header) };
    return {
      target: unsigned.target,
      voter: toHex(signers[seat]!.publicKey),
      signature: signVote(unsigned, signers[seat]!),
    };
  };
  const commitOf = (target: Header, ...precommits: Commit['precommits'][number][]): Commit => ({
    round: 7,
    setId: 3,
    target: ref(target),
    precommits,
  });

  it('GR-40: a commit becomes a justification that anyone verifies with the keys alone', () => {
    for (const commit of [
      commitOf(a1, entry(0, a1), entry(1, a1), entry(2, a1)),
      commitOf(a1, entry(0, a3), entry(1, b2), entry(2, a1)),
      commitOf(a2, entry(0, a3), entry(1, a2), entry(2, a3)),
    ]) {
      const justification = justifyCommit(commit, (hash) => headers.get(hash));
      const bytes = justificationCodec.encode(justification);
      const proven = verifyJustification(justificationCodec.decode(bytes), voters.toAuthoritySet(3));
      assert.ok(proven.ok, proven.ok ? '' : proven.error.message);
      assert.equal(toHex(proven.value.hash), commit.target.hash);
    }
  });

  it('GR-40: headers that are missing, or votes beside the base, make no justification', () => {
    const votes = [entry(0, a3), entry(1, a1), entry(2, a1)];
    assert.throws(() => justifyCommit(commitOf(a1, ...votes), () => undefined), { code: 'JUSTIFICATION_INVALID' });
    const beside = [entry(0, a3), entry(1, b2), entry(2, a2)];
    assert.throws(() => justifyCommit(commitOf(a2, ...beside), (hash) => headers.get(hash)), {
      code: 'JUSTIFICATION_INVALID',
    });
  });

  it('GR-41: with more equivocators than a third, votes that decide for two branches decide nothing', () => {
    const votes = [
      ...[entry(0, a2), entry(1, a2), entry(1, b2), entry(2, a2), entry(2, b2)],
      ...[entry(3, a1), entry(0, b2)],
    ];
    for (const target of [a2, b2]) {
      const justification = justifyCommit(commitOf(target, ...votes), (hash) => headers.get(hash));
      const result = verifyJustification(justification, voters.toAuthoritySet(3));
      assert.ok(!result.ok && isCessError(result.error, 'JUSTIFICATION_INVALID'));
      assert.equal(result.error.data.reason, 'target');
    }
  });

  it('GR-41: a key that is listed twice has both weights, in the vote and in the total', () => {
    const [first, second] = authorities.map((key) => ({ key, weight: 1n }));
    const justification = justifyCommit(commitOf(a1, entry(0, a1)), (hash) => headers.get(hash));
    const against = (...listed: (typeof first)[]) =>
      verifyJustification(justification, { setId: 3n, authorities: listed.map((each) => each!) }).ok;
    assert.equal(against(first, first, first, second), true);
    assert.equal(against(first, second), false);
  });

  it('GR-60: two signed votes of one voter prove an equivocation, in the bytes of Substrate', () => {
    const [one, other] = [entry(2, a2), entry(2, b2)];
    const proof: VoteEquivocation = {
      setId: 3,
      round: 7,
      phase: 'precommit',
      voter: one.voter,
      first: { target: one.target, signature: one.signature },
      second: { target: other.target, signature: other.signature },
    };
    const bytes = encodeVoteEquivocation(proof);
    assert.equal(bytes.length, 8 + 1 + 8 + 32 + 2 * (36 + 64));
    assert.equal(toHex(bytes.subarray(0, 17)), '0300000000000000010700000000000000');
    assert.deepEqual(decodeVoteEquivocation(bytes), proof);
    const reason = (changed: Partial<VoteEquivocation>) => {
      const result = verifyVoteEquivocation({ ...proof, ...changed }, verifyVoteEd25519);
      if (result.ok) return undefined;
      return isCessError(result.error, 'VOTE_EQUIVOCATION_INVALID') ? result.error.data.reason : result.error;
    };
    assert.equal(reason({}), undefined);
    assert.equal(reason({ second: proof.first }), 'same-vote');
    for (const changed of [{ round: 8 }, { setId: 4 }, { phase: 'prevote' }, { voter: entry(1, a1).voter }] as const) {
      assert.equal(reason(changed), 'signature');
    }
  });
});
