// CHAIN-4: only the author of a slot, with its VRF over the beacon, makes a header that is accepted.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DigestItem, finalityPreRuntime, type Header } from '@cess/chain-primitives';
import { equalBytes } from '@cess/primitives';
import { claimSlot, type HeaderContext, headerHash, sealHeader, splitSeal, verifyHeader } from '../index.js';
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

const genesis = plainHeader(undefined);
const first = authoredHeader(genesis, genesisBeacon, 10n);
const afterFirst = beaconAfter(first, genesisBeacon);
const second = authoredHeader(first, afterFirst, 13n);
const context: HeaderContext = {
  parent: asParent(first),
  parentSlot: 10n,
  previousBeacon: afterFirst,
  authorities,
  slotDurationMs,
  latestStartMs: 13_000,
};

function codeOf(header: Header, changed: Partial<HeaderContext> = {}): string | undefined {
  const result = verifyHeader(header, { ...context, ...changed }, vrf);
  return result.ok ? undefined : result.error.code;
}

/** `second` with other digest items, sealed by the author of slot 13. */
function resealed(logs: readonly DigestItem[]): Header {
  return sealHeader({ ...splitSeal(second)!.unsealed, digest: { logs } }, signers[1]!);
}

describe('header verification', () => {
  it('a chain of authored headers is accepted and moves the beacon', () => {
    const one = verifyHeader(
      first,
      { ...context, parent: asParent(genesis), parentSlot: undefined, previousBeacon: genesisBeacon },
      vrf,
    );
    assert.ok(one.ok);
    assert.deepEqual(one.value.beacon, afterFirst);
    const two = verifyHeader(second, context, vrf);
    assert.ok(two.ok);
    assert.deepEqual(two.value.hash, headerHash(second));
    assert.equal(two.value.preDigest.slot, 13n);
    assert.equal(equalBytes(two.value.beacon, afterFirst), false);
  });

  it('every broken rule has its own code', () => {
    assert.equal(codeOf(second, { parent: asParent(genesis) }), 'HEADER_PARENT');
    assert.equal(codeOf({ ...second, number: 7 }), 'HEADER_NUMBER');
    assert.equal(codeOf(second, { parentSlot: 13n }), 'HEADER_SLOT_NOT_AFTER_PARENT');
    assert.equal(codeOf(second, { latestStartMs: 12_999 }), 'HEADER_SLOT_FUTURE');
    assert.equal(codeOf(second, { authorities: authorities.toReversed() }), 'HEADER_SEAL');
    assert.equal(codeOf(second, { authorities: [...authorities, authorities[0]!] }), 'HEADER_WRONG_AUTHOR');
    assert.equal(codeOf(second, { authorities: authorities.with(1, new Uint8Array(32)) }), 'HEADER_SEAL');
    assert.equal(codeOf(second, { previousBeacon: genesisBeacon }), 'HEADER_VRF');
    assert.equal(codeOf(splitSeal(second)!.unsealed), 'HEADER_SEAL');
    assert.equal(codeOf({ ...second, state_root: new Uint8Array(32).fill(9) }), 'HEADER_SEAL');
  });

  it('RS-3.5: the slots of a vacant seat have no author, and those of other seats keep theirs', () => {
    const vacant = (seat: number): (Uint8Array | undefined)[] =>
      authorities.map((key, i) => (i === seat ? undefined : key));
    assert.equal(codeOf(second, { authorities: vacant(1) }), 'HEADER_WRONG_AUTHOR');
    assert.equal(codeOf(second, { authorities: vacant(2) }), undefined);
    assert.equal(codeOf(second, { authorities: [] }), 'HEADER_WRONG_AUTHOR', 'a set without members');
  });

  it('a claim must be there once, be well formed, and be by the right author', () => {
    const [claim] = splitSeal(second)!.unsealed.digest.logs;
    assert.equal(codeOf(resealed([])), 'HEADER_PRE_DIGEST');
    assert.equal(codeOf(resealed([claim!, claim!])), 'HEADER_PRE_DIGEST');
    assert.equal(
      codeOf(resealed([{ type: 'PreRuntime', value: [new Uint8Array(4), new Uint8Array(1)] }])),
      'HEADER_PRE_DIGEST',
    );
    assert.equal(codeOf(resealed([claim!, finalityPreRuntime(1)])), undefined, 'the author may name a finalized block');
    for (const logs of [
      [claim!, finalityPreRuntime(1), finalityPreRuntime(1)],
      [claim!, finalityPreRuntime(second.number)],
      [finalityPreRuntime(1)],
    ])
      assert.equal(codeOf(resealed(logs)), 'HEADER_PRE_DIGEST');
    const engine = claim!.type === 'PreRuntime' ? claim!.value[0] : new Uint8Array(4);
    assert.equal(codeOf(resealed([{ type: 'PreRuntime', value: [engine, new Uint8Array(3)] }])), 'HEADER_PRE_DIGEST');
    const stolen = claimSlot({ slot: 13n, authorityIndex: 2, secretSeed: seeds[2]!, previousBeacon: afterFirst }, vrf);
    assert.equal(codeOf(resealed([stolen])), 'HEADER_WRONG_AUTHOR');
    const foreignVrf = claimSlot(
      { slot: 13n, authorityIndex: 1, secretSeed: seeds[2]!, previousBeacon: afterFirst },
      vrf,
    );
    assert.equal(codeOf(resealed([foreignVrf])), 'HEADER_VRF');
  });
});
