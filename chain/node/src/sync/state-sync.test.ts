// SY-5: a new node takes the state of a final block from peers, over real sockets and over changes of the set of voters, and follows the chain
// from there; with the history of the chain or without it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createEd25519Signer } from '@cess/crypto';
import { toHex0x } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { query } from '@cess/runtime';
import { devSpec, rpc } from '../test-support/dev-node.js';
import { finalizedOf, follows, hashAt, type PeerNode, PeerNodes } from '../test-support/peer-nodes.js';

const seed = new Uint8Array(32).fill(21);
const key = toHex0x(createEd25519Signer(seed).publicKey);
const chainSpec = devSpec({
  slotDurationMs: 300,
  authorities: [{ key, account: key }],
  elections: { slotsPerEpoch: 4, epochsPerEra: 2, seats: 1 },
});

describe('a node that begins with the state of a final block', () => {
  const nodes = new PeerNodes(chainSpec);
  let leader: PeerNode;

  const setId = async ({ node }: PeerNode): Promise<unknown> =>
    (await rpc(node, 'state_getStorage', toHex0x(query.Grandpa.CurrentSetId.key()))).result;
  const blockAt = async (peer: PeerNode, number: number): Promise<unknown> => {
    const hash = await hashAt(peer, number);
    return typeof hash === 'string' ? (await rpc(peer.node, 'chain_getBlock', hash)).result : null;
  };

  before(async () => {
    leader = await nodes.start({ dataDir: nodes.directory(), bootstrap: [], authoritySeed: seed });
    await eventually(() => finalizedOf(leader) >= 30, 'blocks and changes of the set');
  });
  after(() => nodes.stop());

  it('warp: follows from there, without the blocks below', async () => {
    const dataDir = nodes.directory();
    const fresh = await nodes.start({ dataDir, bootstrap: leader.host.addresses(), sync: 'warp' });
    assert.ok(finalizedOf(fresh) >= 30);
    await follows(fresh, leader);
    await eventually(async () => (await setId(fresh)) === (await setId(leader)), 'the same set');
    assert.equal(await blockAt(fresh, 3), null);
    await nodes.end(fresh);
    const again = await nodes.start({ dataDir, bootstrap: leader.host.addresses(), sync: 'warp' });
    await follows(again, leader);
  });

  it('fast: has all blocks afterwards, and other nodes can begin with it', async () => {
    const fast = await nodes.start({ dataDir: nodes.directory(), bootstrap: leader.host.addresses(), sync: 'fast' });
    await eventually(async () => (await blockAt(fast, 1)) !== null, 'the first block');
    for (const number of [1, 2, 3, 17, 29]) {
      const answer = (await blockAt(fast, number)) as { readonly block: unknown };
      assert.deepEqual(answer.block, ((await blockAt(leader, number)) as { readonly block: unknown }).block);
    }
    const second = await nodes.start({ dataDir: nodes.directory(), bootstrap: fast.host.addresses() });
    await follows(second, leader);
    const third = await nodes.start({ dataDir: nodes.directory(), bootstrap: fast.host.addresses(), sync: 'warp' });
    await follows(third, leader);
  });
});
