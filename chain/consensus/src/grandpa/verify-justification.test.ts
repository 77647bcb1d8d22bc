// CHAIN-5: finality is proven by signatures of the authority set, and by nothing less.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Header } from '@cess/chain-primitives';
import { fromHex, isCessError } from '@cess/primitives';
import {
  type AuthoritySet,
  headerHash,
  type Justification,
  justificationCodec,
  justifyBySingleVote,
  precommitPayload,
  type SignedPrecommit,
  thresholdWeight,
  verifyJustification,
} from '../index.js';
import { authorities, plainHeader, signers } from '../test-support/chain.js';

const round = 7n;
const set: AuthoritySet = { setId: 3n, authorities: authorities.map((key) => ({ key, weight: 1n })) };
const genesis = plainHeader(undefined);
const a1 = plainHeader(genesis);
const a2 = plainHeader(a1);
const a3 = plainHeader(a2);
const b2 = plainHeader(a1, 1);

function vote(voter: number, block: Header, setId = set.setId): SignedPrecommit {
  const target = { hash: headerHash(block), number: block.number };
  const signature = signers[voter]!.sign(precommitPayload(target, round, setId));
  return { target_hash: target.hash, target_number: target.number, signature, id: signers[voter]!.publicKey };
}

function justify(target: Header, precommits: SignedPrecommit[], votes_ancestries: Header[]): Justification {
  const commit = { target_hash: headerHash(target), target_number: target.number, precommits };
  return { round, commit, votes_ancestries };
}

function reasonOf(justification: Justification, against: AuthoritySet = set): unknown {
  const result = verifyJustification(justificationCodec.decode(justificationCodec.encode(justification)), against);
  if (result.ok) return undefined;
  return isCessError(result.error, 'JUSTIFICATION_INVALID') ? result.error.data.reason : result.error;
}

describe('justification', () => {
  it('the threshold is W - floor((W-1)/3)', () => {
    const weigh = (n: number) =>
      thresholdWeight(Array.from({ length: n }, () => ({ key: new Uint8Array(32), weight: 1n })));
    assert.deepEqual([1, 2, 3, 4, 6, 7, 10, 11, 100].map(weigh), [1n, 2n, 3n, 3n, 5n, 5n, 7n, 8n, 67n]);
  });

  it('the signed payload has 53 bytes in the order of the specification', () => {
    const payload = precommitPayload({ hash: new Uint8Array(32).fill(0xaa), number: 0x01020304 }, 5n, 6n);
    const expected = `01${'aa'.repeat(32)}0403020105000000000000000600000000000000`;
    assert.deepEqual(payload, fromHex(expected));
  });

  it('enough votes for a block and its descendants finalize it', () => {
    assert.equal(reasonOf(justify(a1, [vote(0, a1), vote(1, a1), vote(2, a1)], [])), undefined);
    const mixed = [vote(0, a1), vote(1, a2), vote(2, b2)];
    assert.equal(reasonOf(justify(a1, mixed, [a2, b2])), undefined);
    assert.equal(reasonOf(justify(a2, [vote(0, a2), vote(1, a3), vote(2, a2), vote(3, a2)], [a3])), undefined);
  });

  it('an equivocator counts once, for every block', () => {
    const votes = [vote(0, a1), vote(1, a1), vote(2, a2), vote(2, b2)];
    assert.equal(reasonOf(justify(a1, votes, [a2, b2])), undefined);
    assert.equal(reasonOf(justify(a1, [vote(0, a1), vote(2, a2), vote(2, b2)], [a2, b2])), 'weight');
  });

  it('every missing piece is refused for its own reason', () => {
    const three = [vote(0, a1), vote(1, a1), vote(2, a1)];
    assert.equal(reasonOf(justify(a1, [], [])), 'empty');
    assert.equal(reasonOf(justify(a1, three.slice(1), [])), 'weight');
    assert.equal(reasonOf(justify(a1, [...three, vote(2, a1)], [])), 'duplicate-vote');
    assert.equal(reasonOf(justify(a1, [...three.slice(1), vote(0, a1, 9n)], [])), 'signature');
    assert.equal(reasonOf({ ...justify(a1, three, []), round: 8n }), 'signature');
    assert.equal(reasonOf(justify(a1, three, []), { ...set, setId: 4n }), 'signature');
    assert.equal(reasonOf(justify(a1, three, []), { ...set, authorities: set.authorities.slice(1) }), 'unknown-voter');
    assert.equal(reasonOf(justify(a1, [vote(0, a1), vote(1, a2), vote(2, a1)], [])), 'ancestry');
    assert.equal(reasonOf(justify(a1, three, [a2])), 'unused-ancestry');
    assert.equal(reasonOf(justify(b2, three, [])), 'target');
    assert.equal(reasonOf(justify(a1, [vote(0, a2), vote(1, a2), vote(2, a2)], [])), 'target');
  });

  it('the lone authority of a development chain finalizes alone, and only in a set of its own', () => {
    const target = { hash: headerHash(a1), number: 1 };
    const justification = justifyBySingleVote({ target, round, setId: 3n }, signers[0]!);
    const lone = { setId: 3n, authorities: set.authorities.slice(0, 1) };
    assert.equal(reasonOf(justification, lone), undefined);
    assert.equal(reasonOf(justification), 'weight');
  });
});
