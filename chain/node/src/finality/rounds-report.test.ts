// grandpa_roundState: what a voter knows of a round.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Round, VoterSet } from '@cess/consensus';
import { toHex0x } from '@cess/primitives';
import { reportRound } from './rounds-report.js';

const keys = [1, 2, 3, 4].map((byte) => new Uint8Array(32).fill(byte));
const base = { hash: '00'.repeat(32), number: 0 };
const child = { hash: '01'.repeat(32), number: 1 };
const view = {
  numberOf: (hash: string) => (hash === child.hash ? 1 : 0),
  parentOf: (hash: string) => (hash === child.hash ? base.hash : undefined),
  bestContaining: () => child,
};

describe('the report of a round', () => {
  it('has the weight of the votes that were seen, and the members whose votes were not', () => {
    const voters = VoterSet.of(keys.map((key, index) => ({ key, weight: BigInt(index + 1) })));
    const round = new Round(7, voters, base);
    const ballot = { target: child, signature: new Uint8Array(64) };
    round.addVote('prevote', 0, ballot, view);
    round.addVote('prevote', 3, ballot, view);
    round.addVote('precommit', 1, ballot, view);
    const hex = keys.map(toHex0x);
    assert.deepEqual(reportRound(round, voters), {
      round: 7,
      totalWeight: 10,
      thresholdWeight: 7,
      prevotes: { currentWeight: 5, missing: [hex[1], hex[2]] },
      precommits: { currentWeight: 2, missing: [hex[0], hex[2], hex[3]] },
    });
  });
});
