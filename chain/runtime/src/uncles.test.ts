// R2S-5, R2S-9: late blocks that a block references, as a rule of validity and as points (docs/protocol/r2s.md §7).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Header, header } from '@cess/chain-primitives';
import { vec } from '@cess/codec';
import { MAX_UNCLE_DEPTH, MAX_UNCLES_PER_BLOCK } from '@cess/consensus';
import { createEd25519Signer } from '@cess/crypto';
import { byteAt, equalBytes } from '@cess/primitives';
import { query, tx } from './index.js';
import { MAX_DEPTH, MAX_UNCLES } from './pallets/authorship/declaration.js';
import { bob, Harness, START_MS } from './test-support/harness.js';
import { twoBlocks } from './test-support/offences.js';
import { type ForkPoint, type Lateness, lateBlock, references, referencesOf, tipOf } from './test-support/uncles.js';

const seeds = [21, 22, 23, 24, 25].map((byte) => new Uint8Array(32).fill(byte));
const members = seeds.map(createEd25519Signer);

/** Five members in eras of 60 slots, after some blocks. */
function chainOf(blocks = 2): Harness {
  const chain = new Harness(1000, {
    authorities: members.map(({ publicKey }) => ({ key: publicKey, account: publicKey })),
    periods: { slotsPerEpoch: 20, epochsPerEra: 3 },
  });
  chain.advance(blocks);
  return chain;
}

const late = (chain: Harness, how: Lateness): Header => lateBlock(chain, seeds, how);
const pointsOf = (chain: Harness, account: Uint8Array) =>
  query.Staking.Points.get(chain).find((each) => equalBytes(each.account, account));
const authorOf = (chain: Harness) => query.Session.Author.get(chain)?.account ?? assert.fail();

/** A block that is late by a slot, and the chain without it. Returns where it forked. */
function skipOne(chain: Harness): ForkPoint {
  const parent = tipOf(chain);
  chain.slot += 1n;
  chain.advance(1);
  return parent;
}

/** What the runtime says of the block whose inherent this is. */
function outcomeOf(chain: Harness, uncles: readonly Header[]): string {
  chain.open();
  const result = chain.runtime.applyExtrinsic(chain.ext, references(uncles));
  chain.close();
  return result.type === 'Ok' ? 'Ok' : String(result.value.value.type);
}

function randomOf(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % bound;
  };
}

describe('uncles in the chain', () => {
  it('RS-7.1, RS-9.1, RS-12.11: the author that references a late block has 2 points more, its author 1', () => {
    const chain = chainOf();
    const parent = skipOne(chain);
    const uncle = late(chain, { parent, slot: parent.slot + 1n });
    chain.open();
    const inherents = chain.runtime.inherentExtrinsics(chain.ext, { timestampMs: START_MS, lateBlocks: [uncle] });
    assert.equal(inherents.length, 2);
    const [, reference] = inherents;
    assert.deepEqual(reference, references([uncle]));
    assert.equal(chain.runtime.applyExtrinsic(chain.ext, reference ?? assert.fail()).type, 'Ok');
    const { events } = chain.close();
    const seats = query.Session.Clock.get(chain)?.seats ?? [];
    const author = seats[Number((parent.slot + 1n) % 5n)]?.account ?? assert.fail();
    assert.deepEqual(
      events.flatMap(({ event }) => (event.type === 'Authorship' ? [event.value.type] : [])),
      ['UncleReferenced'],
    );
    assert.equal(pointsOf(chain, author)?.referenced_uncles, 1);
    assert.equal(pointsOf(chain, authorOf(chain))?.uncle_references, 1);
    assert.equal(
      query.Staking.Points.get(chain).reduce((sum, each) => sum + each.uncle_references + each.referenced_uncles, 0),
      2,
    );
    assert.deepEqual(chain.hookFailures, []);
  });

  it('RS-7.2: the limits are those of consensus', () => {
    assert.deepEqual([MAX_DEPTH, MAX_UNCLES], [MAX_UNCLE_DEPTH, MAX_UNCLES_PER_BLOCK]);
  });

  it('RS-7.2: up to 7 blocks below, and no deeper', () => {
    for (const [depth, expected] of [
      [7, 'Ok'],
      [8, 'BadMandatory'],
    ] as const) {
      const chain = chainOf();
      const parent = skipOne(chain);
      const uncle = late(chain, { parent, slot: parent.slot + 1n });
      chain.advance(depth - 1);
      assert.equal(chain.number + 1 - uncle.number, depth);
      assert.equal(outcomeOf(chain, [uncle]), expected, `${depth} blocks`);
    }
  });

  const refused: Readonly<Record<string, (chain: Harness) => readonly Header[]>> = {
    'nothing at all': () => [],
    'an uncle twice': (chain) => {
      const parent = skipOne(chain);
      const uncle = late(chain, { parent, slot: parent.slot + 1n });
      return [uncle, uncle];
    },
    'an uncle that an earlier block references': (chain) => {
      const parent = skipOne(chain);
      const uncle = late(chain, { parent, slot: parent.slot + 1n });
      assert.equal(outcomeOf(chain, [uncle]), 'Ok');
      return [uncle];
    },
    'a second header of the slot of an uncle, with another parent': (chain) => {
      const first = tipOf(chain);
      chain.advance(1);
      const second = tipOf(chain);
      chain.slot += 1n;
      chain.advance(1);
      assert.equal(outcomeOf(chain, [late(chain, { parent: first, slot: second.slot + 1n })]), 'Ok');
      return [late(chain, { parent: second, slot: second.slot + 1n })];
    },
    three: (chain) => {
      const parent = tipOf(chain);
      chain.slot += 3n;
      chain.advance(1);
      return [1n, 2n, 3n].map((gap) => late(chain, { parent, slot: parent.slot + gap }));
    },
    'a second block in the slot of a block of the chain': (chain) => {
      const parent = tipOf(chain);
      chain.advance(1);
      return [late(chain, { parent, slot: parent.slot + 1n, content: 9 })];
    },
    'a block of the slot of the block itself': (chain) => {
      const parent = tipOf(chain);
      chain.advance(1);
      return [late(chain, { parent, slot: parent.slot + 2n })];
    },
    'a block of a later slot': (chain) => {
      const parent = tipOf(chain);
      chain.advance(1);
      return [late(chain, { parent, slot: parent.slot + 3n })];
    },
    'a child of the parent of the block': (chain) => {
      const parent = tipOf(chain);
      chain.slot += 1n;
      return [late(chain, { parent, slot: parent.slot + 1n })];
    },
    'a child of a late block': (chain) => {
      const parent = tipOf(chain);
      chain.slot += 2n;
      chain.advance(1);
      const uncle = late(chain, { parent, slot: parent.slot + 1n });
      const hash = new Uint8Array(32).fill(uncle.number);
      return [late(chain, { parent: { ...parent, hash, number: uncle.number }, slot: parent.slot + 2n })];
    },
    'a proof over another beacon': (chain) => {
      const parent = skipOne(chain);
      return [late(chain, { parent, slot: parent.slot + 1n, previousBeacon: new Uint8Array(64).fill(3) })];
    },
    'an author whose turn it is not': (chain) => {
      const parent = skipOne(chain);
      const seats = query.Session.Clock.get(chain)?.seats ?? [];
      const other = seats[Number((parent.slot + 2n) % 5n)]?.key ?? assert.fail();
      const seed = seeds.find((each) => equalBytes(createEd25519Signer(each).publicKey, other)) ?? assert.fail();
      return [late(chain, { parent, slot: parent.slot + 1n, seed })];
    },
    'an author without a seat': (chain) => {
      const parent = skipOne(chain);
      return [late(chain, { parent, slot: parent.slot + 1n, seed: new Uint8Array(32).fill(99) })];
    },
  };
  for (const [what, make] of Object.entries(refused)) {
    it(`RS-7.2 to RS-7.4: a block that references ${what} is not valid`, () => {
      const chain = chainOf();
      const uncles = make(chain);
      const isMalformed = uncles.length > MAX_UNCLES;
      const points = JSON.stringify(query.Staking.Points.get(chain).map(({ referenced_uncles }) => referenced_uncles));
      assert.equal(outcomeOf(chain, uncles), isMalformed ? 'Call' : 'BadMandatory');
      const after = query.Staking.Points.get(chain).map(({ referenced_uncles }) => referenced_uncles);
      assert.equal(JSON.stringify(after.slice(0, JSON.parse(points).length)), points);
    });
  }

  it('RS-7.2, RS-7.7: a block has one list of uncles, and nobody signs one', () => {
    const chain = chainOf();
    const parent = tipOf(chain);
    chain.slot += 2n;
    chain.advance(1);
    const [one, two] = [1n, 2n].map((gap) => late(chain, { parent, slot: parent.slot + gap }));
    chain.open();
    const apply = (uncle: Header | undefined) =>
      chain.runtime.applyExtrinsic(chain.ext, references([uncle ?? assert.fail()])).type;
    assert.equal(apply(one), 'Ok');
    assert.equal(apply(two), 'Err');
    const signed = chain.apply(bob, tx.Authorship.set_uncles({ uncles: [two ?? assert.fail()] }));
    assert.equal(signed.type, 'Err');
    chain.close();
    assert.equal(outcomeOf(chain, [two ?? assert.fail()]), 'Ok');
  });

  it('RS-7.6: who lost its seat for two blocks in a slot earns nothing for either', () => {
    const chain = chainOf();
    const parent = skipOne(chain);
    const slot = parent.slot + 1n;
    const uncle = late(chain, { parent, slot });
    const key = query.Session.Clock.get(chain)?.seats[Number(slot % 5n)]?.key ?? assert.fail();
    const offender = members.find(({ publicKey }) => equalBytes(publicKey, key)) ?? assert.fail();
    assert.equal(chain.run(bob, tx.Offences.report_authorship({ proof: twoBlocks(offender, slot) })).error, undefined);
    assert.equal(outcomeOf(chain, [uncle]), 'BadMandatory');
    assert.equal(pointsOf(chain, key)?.referenced_uncles ?? 0, 0);
  });

  it('RS-7.6: a block of an earlier era is no uncle', () => {
    const chain = chainOf();
    while (query.Session.Clock.get(chain)?.era === 0n && chain.slot < 58n) chain.advance(1);
    const parent = tipOf(chain);
    const uncle = late(chain, { parent, slot: parent.slot + 1n });
    chain.slot += 4n;
    chain.advance(1);
    assert.equal(query.Session.Clock.get(chain)?.era, 1n);
    assert.equal(outcomeOf(chain, [uncle]), 'BadMandatory');
    const next = skipOne(chain);
    assert.equal(outcomeOf(chain, [late(chain, { parent: next, slot: next.slot + 1n })]), 'Ok');
  });

  it('RS-12.10, RS-12.11: a chain of a version before 8 begins to keep its last blocks, and has uncles from then on', () => {
    const chain = chainOf();
    query.Authorship.Recent.kill(chain);
    const parent = skipOne(chain);
    assert.equal(outcomeOf(chain, [late(chain, { parent, slot: parent.slot + 1n })]), 'BadMandatory');
    const next = skipOne(chain);
    assert.equal(outcomeOf(chain, [late(chain, { parent: next, slot: next.slot + 1n })]), 'Ok');
    assert.deepEqual(chain.hookFailures, []);
  });

  it('RS-7.4: with one bit changed, wherever it is, a late block is no uncle', () => {
    const below = randomOf(3);
    const chain = chainOf();
    const parent = skipOne(chain);
    const uncle = late(chain, { parent, slot: parent.slot + 1n });
    const list = vec(header).encode([uncle]);
    chain.open();
    for (let i = 0; i < 300; i++) {
      const changed = Uint8Array.from(list);
      const place = below(list.length);
      changed[place] = byteAt(changed, place) ^ (1 << below(8));
      assert.equal(chain.runtime.applyExtrinsic(chain.ext, referencesOf(changed)).type, 'Err', `byte ${place}`);
    }
    assert.equal(chain.runtime.applyExtrinsic(chain.ext, referencesOf(list)).type, 'Ok');
    chain.close();
  });

  it('RS-7.3, RS-7.5: through random forks with twins and forgeries authors select valid uncles, each slot once', () => {
    const below = randomOf(7);
    const chain = chainOf();
    const known: Header[] = [];
    const taken: bigint[] = [];
    const used = new Set<bigint>();
    for (let block = 0; block < 50; block++) {
      const parent = tipOf(chain);
      const gap = below(3);
      for (let i = 1; i <= gap; i++) {
        const uncle = late(chain, { parent, slot: parent.slot + BigInt(i), content: below(2) });
        known.push(uncle);
        if (below(3) === 0) known.push(late(chain, { parent, slot: parent.slot + BigInt(i), content: 7 }));
        if (below(3) === 0) known.push({ ...uncle, state_root: new Uint8Array(32).fill(8) });
      }
      chain.slot += BigInt(gap);
      chain.open();
      used.add(chain.slot);
      const inherents = chain.runtime.inherentExtrinsics(chain.ext, { timestampMs: START_MS, lateBlocks: known });
      const [, reference] = inherents;
      if (reference !== undefined) {
        assert.equal(chain.runtime.applyExtrinsic(chain.ext, reference).type, 'Ok');
        const added = query.Authorship.References.get(chain).filter((each) => each.referenced_in === chain.number);
        taken.push(...added.map(({ slot }) => slot));
      }
      chain.close();
    }
    assert.ok(taken.length >= 20, `${taken.length} uncles`);
    assert.equal(new Set(taken).size, taken.length);
    assert.ok(taken.every((slot) => !used.has(slot)));
    assert.ok(query.Authorship.Recent.get(chain).length <= MAX_DEPTH + 2);
    assert.deepEqual(chain.hookFailures, []);
  });
});
