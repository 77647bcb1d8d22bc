// R2S-5, R2S-7, GR-60: of four authorities one runs twice with one key. The others prove it, the chain removes it and decides its slash, and goes on;
// the honest ones keep seat and stake.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createEd25519Signer } from '@cess/crypto';
import { toHex, toHex0x } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { query } from '@cess/runtime';
import { devSpec } from './test-support/dev-node.js';
import { finalizedOf, type PeerNode, PeerNodes, stateOf } from './test-support/peer-nodes.js';

const seeds = [1, 2, 3, 4].map((number) => new Uint8Array(32).fill(number));
const keys = seeds.map((seed) => createEd25519Signer(seed).publicKey);
const chainSpec = devSpec({
  slotDurationMs: 1_000,
  authorities: keys.map((key) => ({ key: toHex0x(key), account: toHex0x(key) })),
});

describe('an authority that runs twice', () => {
  const nodes = new PeerNodes(chainSpec);
  const validators: PeerNode[] = [];
  const at = (index: number): PeerNode => validators[index] ?? assert.fail();
  const start = async (authoritySeed: Uint8Array): Promise<PeerNode> =>
    nodes.start({
      dataDir: nodes.directory(),
      bootstrap: validators.flatMap(({ host }) => host.addresses()),
      authoritySeed,
    });
  const candidate = (key: Uint8Array) => stateOf(at(0), query.Staking.Candidates.key(key), query.Staking.Candidates);

  before(async () => {
    for (const seed of seeds) validators.push(await start(seed));
  });
  after(() => nodes.stop());

  it('R2S-7: is proven, removed and slashed, and no honest one is', async () => {
    await eventually(() => finalizedOf(at(0)) >= 2, 'finality before the twin');
    const [seed, twinKey] = [seeds[3] ?? assert.fail(), keys[3] ?? assert.fail()];
    await start(seed);
    await eventually(async () => (await candidate(twinKey))?.state === 'Removed', 'the removal of the twin');
    const deferred = await stateOf(at(0), query.Offences.Deferred.key(twinKey), query.Offences.Deferred);
    assert.ok(deferred.reduce((sum, { amount }) => sum + amount, 0n) > 0n);
    const seats = (await stateOf(at(0), query.Session.Clock.key(), query.Session.Clock))?.seats ?? [];
    assert.deepEqual(
      seats.flatMap((holder) => (holder === undefined ? [] : [toHex(holder.account)])).sort(),
      keys.slice(0, 3).map(toHex).sort(),
    );
    for (const key of keys.slice(0, 3)) assert.equal((await candidate(key))?.state, 'Active');
    const standing = finalizedOf(at(0));
    await eventually(() => finalizedOf(at(0)) >= standing + 4, 'finality after the removal');
  });
});
