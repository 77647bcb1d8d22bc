// CHAIN-5, R2S-5: four authorities take turns and vote, over real sockets: blocks become final, one of four may be away, with two away blocks go
// on and finality waits, and votes survive a restart.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createEd25519Signer } from '@cess/crypto';
import { toHex0x } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { devSpec, rpc } from '../test-support/dev-node.js';
import { bestOf, finalizedOf, follows, hashAt, type PeerNode, PeerNodes } from '../test-support/peer-nodes.js';
import type { ReportedRounds } from './rounds-report.js';

const seeds = [1, 2, 3, 4].map((number) => new Uint8Array(32).fill(number));
const authorities = seeds.map((seed) => {
  const key = toHex0x(createEd25519Signer(seed).publicKey);
  return { key, account: key };
});
const chainSpec = devSpec({ slotDurationMs: 1_000, authorities });

describe('four authorities that vote', () => {
  const nodes = new PeerNodes(chainSpec);
  const directories = seeds.map(() => nodes.directory());
  const validators: PeerNode[] = [];
  let follower: PeerNode;

  const at = (index: number): PeerNode => validators[index] ?? assert.fail();

  async function startValidator(index: number, hasVoted = false): Promise<void> {
    const others = validators.filter((_, other) => other !== index);
    validators[index] = await nodes.start({
      dataDir: directories[index] ?? assert.fail(),
      bootstrap: others.flatMap(({ host }) => host.addresses()),
      authoritySeed: seeds[index] ?? assert.fail(),
      hasVoted,
    });
  }

  async function reaches(number: number, nodesOf: readonly PeerNode[]): Promise<void> {
    for (const node of nodesOf) await eventually(() => finalizedOf(node) >= number, `finality of block ${number}`);
    const hashes = await Promise.all(nodesOf.map((node) => hashAt(node, number)));
    assert.equal(new Set(hashes).size, 1, `all have the same block ${number}`);
  }

  before(async () => {
    for (const index of seeds.keys()) await startValidator(index);
    follower = await nodes.start({ dataDir: nodes.directory(), bootstrap: at(0).host.addresses() });
  });
  after(() => nodes.stop());

  it('make blocks in turn and finalize the same ones', async () => {
    await reaches(6, validators);
    await reaches(6, [follower, at(0)]);
  });

  it('GR-15: go on with three of four', async () => {
    await nodes.end(at(3));
    await reaches(Math.max(...validators.slice(0, 3).map(finalizedOf)) + 4, validators.slice(0, 3));
  });

  it('make blocks and finalize none with two of four', async () => {
    await nodes.end(at(2));
    const left = validators.slice(0, 2);
    const [standing, best] = [Math.max(...left.map(finalizedOf)), bestOf(at(0))];
    await eventually(() => bestOf(at(0)) >= best + 4, 'blocks without finality');
    // A round that had its votes when the third one left may have ended since.
    assert.ok(Math.max(...left.map(finalizedOf)) <= standing + 2);
    const missing = await eventually(async () => {
      const { best: round } = (await rpc(at(0).node, 'grandpa_roundState')).result as ReportedRounds;
      assert.deepEqual([round.totalWeight, round.thresholdWeight], [4, 3]);
      return round.prevotes.currentWeight === 2 ? round.prevotes.missing : undefined;
    }, 'the votes of the two that are left');
    assert.deepEqual(
      [...missing].sort(),
      authorities
        .slice(2)
        .map(({ key }) => key)
        .sort(),
    );
  });

  it('GR-81: finalize all of them when the others come back with what they had stored', async () => {
    const best = bestOf(at(0));
    await startValidator(2, true);
    await startValidator(3, true);
    await reaches(best, validators);
    await follows(follower, at(0));
  });
});
