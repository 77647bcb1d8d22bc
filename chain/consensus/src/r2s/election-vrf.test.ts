// R2S-4: the candidates' VRF, proofs that they post, and what the author of a block can choose of the beacon (docs/protocol/r2s.md §2).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Header } from '@cess/chain-primitives';
import { equalBytes, toHex } from '@cess/primitives';
import fc from 'fast-check';
import {
  claimSlot,
  createElectionVrf,
  electionInput,
  headerHash,
  type PostedProof,
  type Schedule,
  sealHeader,
  startEraClock,
  verifyElectionProof,
  verifyHeader,
} from '../index.js';
import {
  asParent,
  authoredHeader,
  authorities,
  beaconAfter,
  genesisBeacon,
  plainHeader,
  seeds,
  signers,
  slotDurationMs,
  vrf,
} from '../test-support/chain.js';

const { VRF_Hash, VRF_Proof, VRF_P2H, VRF_Verify } = createElectionVrf(vrf);
const seed = electionInput(genesisBeacon, 7n);

describe("the candidates' VRF", () => {
  it('RS-2.5: R = VRF_Hash(Sk, Seed), P = VRF_Proof(Sk, Seed), R = VRF_P2H(P), VRF_Verify(Pk, Seed, P)', () => {
    for (const [i, secret] of seeds.entries()) {
      const proof = VRF_Proof(secret, seed);
      assert.deepEqual(VRF_P2H(proof), VRF_Hash(secret, seed));
      assert.equal(VRF_Verify(authorities[i]!, seed, proof), true);
      assert.equal(VRF_Verify(authorities[(i + 1) % 4]!, seed, proof), false, 'a proof is of one key');
      assert.equal(VRF_Verify(authorities[i]!, electionInput(genesisBeacon, 8n), proof), false, 'and for one era');
      assert.equal(VRF_Verify(authorities[i]!, electionInput(new Uint8Array(64).fill(1), 7n), proof), false);
    }
    assert.equal(VRF_P2H(new Uint8Array(80).fill(0xff)), undefined);
    assert.equal(VRF_P2H(new Uint8Array(79)), undefined);
  });

  it('RS-2.5: a proof that was changed does not verify, so a candidate has one R', () => {
    const proof = VRF_Proof(seeds[0]!, seed);
    fc.assert(
      fc.property(fc.nat(79), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        assert.equal(VRF_Verify(authorities[0]!, seed, proof.with(at, proof[at]! ^ mask)), false);
      }),
      { seed: 1, numRuns: 60 },
    );
  });
});

describe('a proof that a candidate posts', () => {
  const schedule: Schedule = { firstSlot: 100n, slotsPerEpoch: 10, epochsPerEra: 3 };
  const beacon = new Uint8Array(64).fill(9);
  const clock = { ...startEraClock([authorities[0]!], genesisBeacon), epoch: 5n, era: 1n, seed: { beacon, epoch: 3n } };
  const posted: PostedProof = {
    slot: 152n,
    clock,
    publicKey: authorities[1]!,
    registeredIn: 2n,
    proof: VRF_Proof(seeds[1]!, electionInput(beacon, 2n)),
  };
  const reasonOf = (changed: Partial<PostedProof>): string | undefined => {
    const result = verifyElectionProof(schedule, { ...posted, ...changed }, vrf);
    return result.ok ? undefined : result.error.data.reason;
  };

  it('RS-2.5: it gives R of the next era', () => {
    const result = verifyElectionProof(schedule, posted, vrf);
    assert.ok(result.ok);
    assert.deepEqual(result.value, VRF_Hash(seeds[1]!, electionInput(beacon, 2n)));
    assert.equal(reasonOf({ registeredIn: undefined }), undefined);
  });

  it('RS-1.2: it counts in the first half of the last epoch of an era only', () => {
    const wrongTime = 'proofs are taken in the first half of the last epoch of an era only';
    for (const slot of [119n, 130n, 149n, 155n, 160n]) assert.equal(reasonOf({ slot }), wrongTime, String(slot));
    for (const slot of [150n, 154n]) assert.equal(reasonOf({ slot }), undefined, String(slot));
  });

  it('RS-2.4, RS-2.5: young keys and proofs of other keys, seeds and eras do not count', () => {
    assert.equal(reasonOf({ registeredIn: 3n }), 'the key is younger than the randomness of the election');
    const wrong = 'the proof does not verify';
    assert.equal(reasonOf({ publicKey: authorities[2]! }), wrong);
    assert.equal(reasonOf({ proof: VRF_Proof(seeds[1]!, electionInput(beacon, 1n)) }), wrong);
    assert.equal(reasonOf({ proof: VRF_Proof(seeds[1]!, electionInput(genesisBeacon, 2n)) }), wrong);
    assert.equal(reasonOf({ proof: new Uint8Array(0) }), wrong);
  });
});

describe('the last author before a seed', () => {
  const parent = authoredHeader(plainHeader(undefined), genesisBeacon, 10n);
  const parentBeacon = beaconAfter(parent, genesisBeacon);
  const context = {
    parent: asParent(parent),
    parentSlot: 10n,
    previousBeacon: parentBeacon,
    authorities,
    slotDurationMs,
    latestStartMs: 99_000,
  };
  const claim = claimSlot({ slot: 11n, authorityIndex: 3, secretSeed: seeds[3]!, previousBeacon: parentBeacon }, vrf);

  /** Beacon after a block of slot 11 with any content that its author likes. */
  function beaconWith(content: Partial<Header>): string {
    const header = sealHeader({ ...plainHeader(parent), digest: { logs: [claim] }, ...content }, signers[3]!);
    const verified = verifyHeader(header, context, vrf);
    assert.ok(verified.ok);
    assert.deepEqual(verified.value.hash, headerHash(header));
    return toHex(verified.value.beacon);
  }

  it('RS-2.1: it chooses between two beacons: with its block and without', () => {
    const reachable = new Set([toHex(parentBeacon)]);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 9 }), (root, other) => {
        reachable.add(beaconWith({ state_root: root, extrinsics_root: root }));
        reachable.add(beaconWith({ digest: { logs: [claim, { type: 'Other', value: other }] } }));
      }),
      { seed: 1, numRuns: 20 },
    );
    assert.equal(reachable.size, 2);
  });

  it('RS-2.1: it cannot claim its slot with the VRF of another slot or key', () => {
    for (const [slot, seat] of [
      [15n, 3],
      [11n, 2],
    ] as const) {
      const foreign = claimSlot(
        { slot, authorityIndex: 3, secretSeed: seeds[seat]!, previousBeacon: parentBeacon },
        vrf,
      );
      assert.ok(foreign.type === 'PreRuntime' && claim.type === 'PreRuntime');
      const value = foreign.value[1].slice();
      value.set(claim.value[1].subarray(0, 12));
      const logs = [{ type: 'PreRuntime', value: [foreign.value[0], value] } as const];
      const verified = verifyHeader(
        sealHeader({ ...plainHeader(parent), digest: { logs } }, signers[3]!),
        context,
        vrf,
      );
      assert.ok(!verified.ok && verified.error.code === 'HEADER_VRF');
      assert.equal(equalBytes(value, claim.value[1]), false);
    }
  });
});
