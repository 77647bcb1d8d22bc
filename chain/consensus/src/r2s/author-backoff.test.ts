// CHAIN-5: authors slow down while finality stands (docs/protocol/r2s.md §6).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_BACK_OFF, shouldBackOff } from '../index.js';

/** Blocks of a chain whose finality stands at 0 and that has a willing author in every slot; the slots of its blocks. */
function slotsOfStall(slots: number): number[] {
  const blocks: number[] = [];
  for (let slot = 1; slot <= slots; slot++) {
    const state = { bestNumber: blocks.length, bestSlot: BigInt(blocks.at(-1) ?? 0), finalizedNumber: 0 };
    if (!shouldBackOff(BigInt(slot), state, DEFAULT_BACK_OFF)) blocks.push(slot);
  }
  return blocks;
}

describe('back-off of authors', () => {
  it('RS-6.6: within the slack no slot is left empty', () => {
    fc.assert(
      fc.property(fc.nat(DEFAULT_BACK_OFF.slackBlocks + 1), fc.nat(10_000), (unfinalized, finalizedNumber) => {
        const state = { bestNumber: finalizedNumber + unfinalized, bestSlot: 70n, finalizedNumber };
        assert.equal(shouldBackOff(71n, state, DEFAULT_BACK_OFF), false);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('RS-6.6: the pause grows by a slot for every two blocks, and ends with finality', () => {
    const state = { bestNumber: 60, bestSlot: 100n, finalizedNumber: 0 };
    assert.equal(shouldBackOff(105n, state, DEFAULT_BACK_OFF), true);
    assert.equal(shouldBackOff(106n, state, DEFAULT_BACK_OFF), false);
    assert.equal(shouldBackOff(101n, { ...state, finalizedNumber: 30 }, DEFAULT_BACK_OFF), false);
    assert.equal(shouldBackOff(101n, { ...state, finalizedNumber: 70 }, DEFAULT_BACK_OFF), false, 'finality is ahead');
  });

  it('RS-6.6: during a stall of any length blocks become rare, and never stop', () => {
    const blocks = slotsOfStall(20_000);
    const gaps = blocks.slice(1).map((slot, i) => slot - blocks[i]!);
    assert.equal(Math.max(...gaps), DEFAULT_BACK_OFF.maxPauseSlots + 1);
    assert.ok(gaps.every((gap, i) => i === 0 || gap >= gaps[i - 1]!));
    assert.ok(blocks.length < 450, `${blocks.length} blocks in 20,000 slots`);
    assert.ok(20_000 - blocks.at(-1)! <= DEFAULT_BACK_OFF.maxPauseSlots);
  });
});
