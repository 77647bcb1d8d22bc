// What a client remembers of the changes of the voters.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { finalityProofCodec } from '@cess/consensus';
import { SetChangeHistory } from './index.js';

const zero = new Uint8Array(32);

/** A node whose voters changed in these blocks; it shows two changes at a time. */
function nodeWith(blocks: readonly number[]) {
  const asked: bigint[] = [];
  const setChanges = async (from: bigint) => {
    asked.push(from);
    const links = blocks.slice(Number(from), Number(from) + 2).map((number) => ({
      header: { parent_hash: zero, number, state_root: zero, extrinsics_root: zero, digest: { logs: [] } },
      justification: {
        round: 1n,
        commit: { target_hash: zero, target_number: number, precommits: [] },
        votes_ancestries: [],
      },
    }));
    return finalityProofCodec.encode({ links });
  };
  return { asked, setChanges };
}

describe('the history of the voters', () => {
  it('has the changes below a block, and asks for what it does not know', async () => {
    const node = nodeWith([10, 20, 30]);
    const history = new SetChangeHistory(node);
    assert.equal((await history.before(30)).length, 2);
    assert.deepEqual(node.asked, [0n, 2n]);
    assert.equal((await history.before(20)).length, 1);
    assert.deepEqual(node.asked, [0n, 2n]);
    assert.equal((await history.before(31)).length, 3);
    assert.deepEqual(node.asked, [0n, 2n, 3n]);
  });

  it('is the same for two callers at a time', async () => {
    const history = new SetChangeHistory(nodeWith([10, 20, 30]));
    const both = await Promise.all([history.before(40), history.before(40)]);
    assert.deepEqual(
      both.map(({ length }) => length),
      [3, 3],
    );
  });

  it('does not follow a node that names changes without an end', async () => {
    const again = await nodeWith([10, 20]).setChanges(0n);
    const history = new SetChangeHistory({ setChanges: async () => again });
    await assert.rejects(history.before(1_000), { code: 'FINALITY_PROOF_INVALID' });
  });
});
