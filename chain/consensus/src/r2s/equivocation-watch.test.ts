// R2S-5: a node finds two blocks of one author in one slot (docs/protocol/r2s.md §8).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Header } from '@cess/chain-primitives';
import fc from 'fast-check';
import {
  EquivocationWatch,
  encodeEquivocationProof,
  MAX_HEADER_BYTES,
  sealHeader,
  splitSeal,
  verifyEquivocationProof,
  verifyHeader,
} from '../index.js';
import {
  asParent,
  authoredHeader,
  authorities,
  genesisBeacon,
  plainHeader,
  signers,
  slotDurationMs,
  vrf,
} from '../test-support/chain.js';

const genesis = plainHeader(undefined);
const made = new Map<bigint, Header>();
const authorOf = (slot: bigint): Uint8Array => authorities[Number(slot % 4n)]!;

/** The block of a slot; `version` 0 is one, any other number another one of the same author. */
function blockOf(slot: bigint, version = 0): Header {
  const first = made.get(slot) ?? authoredHeader(genesis, genesisBeacon, slot);
  made.set(slot, first);
  if (version === 0) return first;
  const { unsealed } = splitSeal(first)!;
  return sealHeader({ ...unsealed, extrinsics_root: new Uint8Array(32).fill(version) }, signers[Number(slot % 4n)]!);
}

describe('the watch for equivocations', () => {
  it('RS-8.6: it makes one valid proof for each author and slot, and none of honest blocks, in any order', () => {
    const anyBlocks = fc.array(fc.tuple(fc.bigInt(1n, 12n), fc.nat(2)), { maxLength: 40 });
    fc.assert(
      fc.property(anyBlocks, (blocks) => {
        const watch = new EquivocationWatch();
        const proven: bigint[] = [];
        for (const [slot, version] of blocks) {
          const proof = watch.observe(blockOf(slot, version), authorOf(slot));
          if (proof === undefined) continue;
          const verified = verifyEquivocationProof(encodeEquivocationProof(proof));
          assert.ok(verified.ok);
          assert.deepEqual(verified.value.offender, authorOf(slot));
          proven.push(slot);
        }
        const versions = new Map<bigint, Set<number>>();
        for (const [slot, version] of blocks) versions.set(slot, (versions.get(slot) ?? new Set()).add(version));
        const guilty = [...versions].filter(([, { size }]) => size > 1).map(([slot]) => slot);
        const byNumber = (a: bigint, b: bigint): number => Number(a - b);
        assert.deepEqual(proven.sort(byNumber), guilty.sort(byNumber));
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('RS-8.6: a second seal of one block, and blocks of other authors, are no offence', () => {
    const watch = new EquivocationWatch();
    const { unsealed } = splitSeal(blockOf(5n))!;
    assert.equal(watch.observe(blockOf(5n), authorities[1]!), undefined);
    assert.equal(watch.observe(sealHeader(unsealed, signers[2]!), authorities[1]!), undefined);
    assert.equal(watch.observe(blockOf(5n, 1), authorities[2]!), undefined, 'of a fork with other members');
    assert.ok(watch.observe(blockOf(5n, 2), authorities[1]!), 'both forks are remembered');
  });

  it('RS-8.6: it remembers the slots of its window and no more', () => {
    const watch = new EquivocationWatch(8);
    for (let slot = 1n; slot <= 20n; slot++) watch.observe(blockOf(slot), authorOf(slot));
    assert.equal(watch.size, 8);
    assert.equal(watch.observe(blockOf(12n, 1), authorOf(12n)), undefined, 'forgotten');
    assert.equal(watch.size, 8, 'and not remembered anew');
    assert.ok(watch.observe(blockOf(13n, 1), authorOf(13n)));
    watch.observe(blockOf(12n, 1), authorOf(12n));
    assert.equal(watch.size, 8, 'an older block does not move the window back');
    watch.observe(blockOf(2000n), authorOf(2000n));
    assert.equal(watch.size, 1);
  });

  it('RS-8.3: no two valid headers are too large for a proof', () => {
    const context = {
      parent: asParent(genesis),
      parentSlot: undefined,
      previousBeacon: genesisBeacon,
      authorities,
      slotDurationMs,
      latestStartMs: 99_000,
    };
    const [claim] = splitSeal(blockOf(6n))!.unsealed.digest.logs;
    const padded = (length: number, fill: number): Header =>
      sealHeader(
        {
          ...plainHeader(genesis),
          digest: { logs: [claim!, { type: 'Other', value: new Uint8Array(length).fill(fill) }] },
        },
        signers[2]!,
      );
    let length = MAX_HEADER_BYTES;
    let largest = padded(length, 1);
    while (!verifyHeader(largest, context, vrf).ok) largest = padded(--length, 1);
    const above = verifyHeader(padded(length + 1, 1), context, vrf);
    assert.ok(!above.ok && above.error.code === 'HEADER_TOO_LARGE');
    const watch = new EquivocationWatch();
    assert.equal(watch.observe(largest, authorOf(6n)), undefined);
    const proof = watch.observe(padded(length, 2), authorOf(6n));
    assert.equal(verifyEquivocationProof(encodeEquivocationProof(proof!)).ok, true);
  });
});
