// R2S-5, R2S-9: late blocks that a later block references (docs/protocol/r2s.md §7).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findR2sPreDigest, type Header } from '@cess/chain-primitives';
import { ed25519Scheme } from '@cess/crypto';
import {
  headerHash,
  MAX_UNCLE_DEPTH,
  MAX_UNCLES_PER_BLOCK,
  sealHeader,
  selectUncles,
  splitSeal,
  type UncleChain,
  verifyUncles,
} from '../index.js';
import {
  asParent,
  authoredHeader,
  authorities,
  beaconAfter,
  genesisBeacon,
  plainHeader,
  signers,
  slotDurationMs,
  vrf,
} from '../test-support/chain.js';

/** A chain of blocks 0 to 12; block n > 0 is in slot 10 n, so that nine slots are free for uncles after each block. */
const headers: Header[] = [plainHeader(undefined)];
const beacons: Uint8Array[] = [genesisBeacon];
for (let number = 1; number <= 12; number++) {
  headers.push(authoredHeader(headers.at(-1)!, beacons.at(-1)!, BigInt(10 * number)));
  beacons.push(beaconAfter(headers.at(-1)!, beacons.at(-1)!));
}
const slotOf = (header: Header): bigint => findR2sPreDigest(header.digest.logs)?.slot ?? 0n;

const crypto = { vrf, signatures: ed25519Scheme };

function chain(referenced: readonly Header[] = [], eraStart = 0n): UncleChain {
  return {
    blockAt: (number) => {
      const header = headers[number];
      return header && { hash: headerHash(header), slot: slotOf(header) };
    },
    contextOf: (number) => ({
      parent: asParent(headers[number]!),
      parentSlot: number === 0 ? undefined : BigInt(10 * number),
      previousBeacon: beacons[number]!,
      authorities,
      slotDurationMs,
    }),
    referenced: referenced.map((header) => ({ hash: headerHash(header), slot: slotOf(header) })),
    eraStart,
  };
}

/** A valid block after block `parent` of the chain that is not in it. */
const uncleAfter = (parent: number, slot = BigInt(10 * parent + 3)): Header =>
  authoredHeader(headers[parent]!, beacons[parent]!, slot);
const including = { number: 13, slot: 130n };

function problemOf(
  uncles: readonly Header[],
  referenced?: readonly Header[],
  by = including,
  eraStart?: bigint,
): string | undefined {
  const result = verifyUncles(uncles, by, chain(referenced, eraStart), crypto);
  return result.ok ? undefined : result.error.message.replace(/^Uncle [0-9a-f]+ /, '');
}

describe('uncles of a block', () => {
  it('RS-7.1: an orphan by the author of its slot is an uncle of that author', () => {
    const uncle = uncleAfter(9);
    const result = verifyUncles([uncle], including, chain(), crypto);
    assert.ok(result.ok);
    assert.deepEqual(result.value, [{ hash: headerHash(uncle), slot: 93n, author: authorities[1]! }]);
    assert.equal(problemOf([]), undefined);
  });

  it('RS-7.2: it is at most 7 blocks below the block that references it', () => {
    assert.equal(MAX_UNCLE_DEPTH, 7);
    assert.equal(problemOf([uncleAfter(5)]), undefined);
    assert.equal(problemOf([uncleAfter(4)]), 'is 8 blocks below the block that references it.');
    assert.equal(problemOf([uncleAfter(11)]), undefined);
    assert.equal(problemOf([uncleAfter(12, 123n)]), 'is 0 blocks below the block that references it.');
  });

  it('RS-7.2: a block references at most 2, each once', () => {
    assert.equal(MAX_UNCLES_PER_BLOCK, 2);
    assert.equal(problemOf([uncleAfter(9), uncleAfter(10)]), undefined);
    assert.equal(problemOf([uncleAfter(9), uncleAfter(10), uncleAfter(11)]), 'is one too many.');
    assert.equal(problemOf([uncleAfter(9), uncleAfter(9)]), 'is referenced already.');
    assert.equal(problemOf([uncleAfter(9)], [uncleAfter(9)]), 'is referenced already.');
    assert.equal(problemOf([uncleAfter(9)], [uncleAfter(10)]), undefined);
  });

  it('RS-7.5: an author references the oldest ones that are valid together', () => {
    const [old, middle, young] = [uncleAfter(6), uncleAfter(8), uncleAfter(11)];
    const twin = sealHeader({ ...splitSeal(old)!.unsealed, state_root: new Uint8Array(32).fill(5) }, signers[3]!);
    const known = [young, middle, uncleAfter(4), headers[9]!, old, old];
    assert.deepEqual(selectUncles(known, including, chain(), crypto), [old, middle]);
    assert.deepEqual(selectUncles(known.toReversed(), including, chain(), crypto), [old, middle]);
    assert.deepEqual(selectUncles(known, including, chain([old]), crypto), [middle, young]);
    assert.deepEqual(selectUncles([], including, chain(), crypto), []);
    const one = selectUncles([old, twin], including, chain(), crypto);
    assert.equal(one.length, 1, 'of two headers of one slot it takes one');
    assert.equal(problemOf([old, middle]), undefined);
  });

  it('RS-7.3: blocks of the chain, and second blocks of one slot, are no uncles', () => {
    assert.equal(problemOf([headers[10]!]), 'shares its slot with a block of the chain.');
    const twin = sealHeader(
      { ...splitSeal(headers[10]!)!.unsealed, state_root: new Uint8Array(32).fill(9) },
      signers[0]!,
    );
    const author = Number(slotOf(headers[10]!) % 4n);
    const ownTwin = sealHeader(splitSeal(twin)!.unsealed, signers[author]!);
    assert.equal(problemOf([ownTwin]), 'shares its slot with a block of the chain.');
    assert.equal(problemOf([uncleAfter(9, 110n)]), 'shares its slot with a block of the chain.', 'of a later block');
    assert.equal(problemOf([uncleAfter(9, 130n)]), 'shares its slot with the block that references it.');
  });

  it('RS-7.3: two headers of one slot earn nothing twice, in one block or in two, whatever their parents', () => {
    const first = uncleAfter(9, 97n);
    const twin = sealHeader({ ...splitSeal(first)!.unsealed, state_root: new Uint8Array(32).fill(5) }, signers[1]!);
    assert.equal(problemOf([first, twin]), 'shares its slot with another uncle.');
    assert.equal(problemOf([twin], [first]), 'shares its slot with another uncle.');
    const elsewhere = uncleAfter(8, 97n);
    assert.equal(problemOf([elsewhere]), undefined);
    assert.equal(problemOf([elsewhere], [first]), 'shares its slot with another uncle.');
  });

  it('RS-7.6: it is of the era of the block, and its author has the seat in it', () => {
    assert.equal(problemOf([uncleAfter(9)], [], including, 93n), undefined);
    assert.equal(problemOf([uncleAfter(9)], [], including, 94n), 'is of an earlier era.');
    const seats = authorities.with(1, authorities[0]!);
    const result = verifyUncles(
      [uncleAfter(9)],
      including,
      { ...chain(), contextOf: (number) => ({ ...chain().contextOf(number), authorities: seats }) },
      crypto,
    );
    assert.ok(!result.ok);
    assert.match(result.error.message, /is not valid: .*wrong seal/);
  });

  it('RS-7.4: it follows a block of the chain, and everything but its execution is valid', () => {
    const child = authoredHeader(uncleAfter(9), beaconAfter(uncleAfter(9), beacons[9]!), 95n);
    assert.equal(problemOf([child]), 'does not follow a block of the chain.');
    const uncle = uncleAfter(9);
    assert.match(problemOf([{ ...uncle, state_root: new Uint8Array(32).fill(1) }])!, /is not valid: .*wrong seal/);
    assert.match(problemOf([authoredHeader(headers[9]!, beacons[8]!, 93n)])!, /is not valid: .*wrong VRF/);
    assert.match(problemOf([uncleAfter(9, 133n)])!, /is not valid: .*in the future/);
    assert.match(problemOf([uncleAfter(9, 89n)])!, /is not valid: .*later slot/);
    assert.match(problemOf([sealHeader(splitSeal(uncle)!.unsealed, signers[0]!)])!, /is not valid: .*wrong seal/);
    const unknown = { ...uncle, number: 0 };
    assert.equal(problemOf([unknown], [], { number: 5, slot: 50n }), 'does not follow a block of the chain.');
  });
});
