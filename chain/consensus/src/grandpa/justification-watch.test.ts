// GR-62: equivocations between finality proofs of one round.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Header } from '@cess/chain-primitives';
import { toHex } from '@cess/primitives';
import {
  headerHash,
  JustificationWatch,
  justificationCodec,
  precommitPayload,
  verifyVoteEd25519,
  verifyVoteEquivocation,
} from '../index.js';
import { plainHeader, signers } from '../test-support/chain.js';

const genesis = plainHeader(undefined);
const left = plainHeader(genesis);
const right = plainHeader(genesis, 1);
const leftChild = plainHeader(left);

function proof(target: Header, voters: readonly number[], round = 7n, setId = 3n): Uint8Array {
  const id = { hash: headerHash(target), number: target.number };
  const precommits = voters.map((voter) => ({
    ...{ target_hash: id.hash, target_number: id.number },
    signature: signers[voter]!.sign(precommitPayload(id, round, setId)),
    id: signers[voter]!.publicKey,
  }));
  const commit = { target_hash: id.hash, target_number: id.number, precommits };
  return justificationCodec.encode({ round, commit, votes_ancestries: [] });
}

const keys = (voters: readonly number[]) => voters.map((voter) => toHex(signers[voter]!.publicKey)).sort();

describe('finality proofs of one round', () => {
  it('GR-62: all members of both quorums are proven, by proofs that anyone verifies', () => {
    const watch = new JustificationWatch();
    assert.deepEqual(watch.observe(proof(left, [0, 1, 2]), 3n), []);
    const proofs = watch.observe(proof(right, [1, 2, 3]), 3n);
    assert.deepEqual(proofs.map(({ voter }) => voter).sort(), keys([1, 2]));
    for (const each of proofs) assert.ok(verifyVoteEquivocation(each, verifyVoteEd25519).ok);
  });

  it('GR-62: a later proof of a round on the same chain proves nothing against those who voted once', () => {
    const watch = new JustificationWatch();
    watch.observe(proof(left, [0, 1, 2]), 3n);
    assert.deepEqual(
      watch.observe(proof(leftChild, [3]), 3n).map(({ voter }) => voter),
      [],
    );
  });

  it('GR-62: votes of other rounds and sets are no equivocation', () => {
    const watch = new JustificationWatch();
    watch.observe(proof(left, [0, 1, 2]), 3n);
    assert.deepEqual(watch.observe(proof(right, [0, 1, 2], 8n), 3n), []);
    assert.deepEqual(watch.observe(proof(right, [0, 1, 2], 7n, 4n), 4n), []);
  });

  it('GR-62: the last 256 rounds are compared', () => {
    const watch = new JustificationWatch();
    for (let round = 1n; round <= 257n; round++) watch.observe(proof(left, [0], round), 3n);
    assert.equal(watch.observe(proof(right, [0], 2n), 3n).length, 1);
    assert.equal(watch.observe(proof(right, [0], 1n), 3n).length, 0);
  });
});
