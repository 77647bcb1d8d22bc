// R2S-3, R2S-4, R2S-5, R2S-7, R2S-9: the vectors of docs/protocol/r2s.md follow from its rules by a second computation, from Node's
// primitives and plain arithmetic alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blake2_256, vrfVerify } from '@cess/crypto';
import { ed25519Sign, hex, le, publicKeyOf, sha256 } from './protocol/by-hand.js';
import { type Json, pattern, readVectors, type Vector } from './protocol/vector.js';

const file = readVectors('r2s');
type Row = Readonly<Record<string, Json>>;

function vector(name: string): Vector {
  const found = file.find((candidate) => candidate.name === name);
  assert.ok(found, `there is no vector "${name}"`);
  return found;
}

const text = (value: Json | undefined): string => String(value);
const texts = (value: Json | undefined): string[] => (value as readonly Json[]).map(String);
const rows = (value: Json | undefined): readonly Row[] => value as readonly Row[];

/** RS-3.1. */
function draws(domain: string, ...input: readonly Uint8Array[]): (bound: number) => number {
  let counter = 0;
  return (bound) => {
    for (;;) {
      const number = sha256(Buffer.from(domain), ...input, le(counter++, 4)).readBigUInt64LE();
      if (number < 2n ** 64n - (2n ** 64n % BigInt(bound))) return Number(number % BigInt(bound));
    }
  };
}

/** RS-4.1. */
const vrfScore = (output: Json | undefined): number =>
  output === null ? 0 : Number((1000n * (2n ** 512n - BigInt(`0x${text(output)}`))) / 2n ** 512n);

test('RS-2.5, RS-4.1: the proof of a candidate verifies over domain, beacon and era, and gives its score', () => {
  const { input, output } = vector('proof of a candidate');
  const seed = Buffer.concat([
    Buffer.from('CESS/r2s-election/v1'),
    hex(text(input['beacon'])),
    le(BigInt(text(input['era'])), 8),
  ]);
  assert.equal(seed.toString('hex'), output['seed']);
  const publicKey = publicKeyOf('ed25519', hex(text(input['secretSeed'])));
  const verified = vrfVerify(publicKey, seed, hex(text(output['P'])));
  assert.equal(Buffer.from(verified!).toString('hex'), output['R']);
  assert.equal(vrfScore(output['R']), output['vrfScore']);
});

/** RS-3.2. */
function orderOf(accounts: readonly string[], seed: Uint8Array, era: bigint): string[] {
  const order = [...accounts].sort();
  const draw = draws('CESS/r2s-order/v1', seed, le(era, 8));
  for (let k = order.length - 1; k >= 1; k--) {
    const j = draw(k + 1);
    [order[k], order[j]] = [order[j]!, order[k]!];
  }
  return order;
}

test('RS-1.1, RS-1.3, RS-1.4, RS-2.2, RS-2.3: epochs, eras, seeds and seats follow from the slots of the blocks', () => {
  const { input, output } = vector('epochs and eras of blocks');
  const slotsPerEpoch = BigInt(Number(input['slotsPerEpoch']));
  const epochsPerEra = BigInt(Number(input['epochsPerEra']));
  const blocks = texts(input['slots']).map((slot, i) => {
    const since = BigInt(slot) - BigInt(text(input['firstSlot']));
    const epoch = since / slotsPerEpoch;
    const isSecondHalf = 2n * (since % slotsPerEpoch) >= slotsPerEpoch;
    const elects = epoch % epochsPerEra === epochsPerEra - 1n && isSecondHalf;
    return { epoch, era: epoch / epochsPerEra, elects, beacon: Buffer.from(pattern(64, i + 1)) };
  });
  const genesis = Buffer.from(pattern(64, 0));
  /** The beacon after the last block of the last epoch but one that had blocks, before the block with this index. */
  const seedOf = (index: number): Buffer => {
    const ends = new Map(blocks.slice(0, index).map(({ epoch, beacon }) => [epoch, beacon] as const));
    ends.delete(blocks[index]!.epoch);
    return [...ends.values()].at(-2) ?? genesis;
  };
  for (const [i, row] of rows(output['blocks']).entries()) {
    const { epoch, era } = blocks[i]!;
    assert.equal(row['epoch'], String(epoch));
    assert.equal(row['era'], String(era));
    assert.equal(row['seed'], seedOf(i).toString('hex'));
    const firstOfEra = blocks.findIndex((block) => block.era === era);
    const isElected = blocks.slice(0, firstOfEra).some(({ elects }) => elects);
    const members = texts(input[isElected ? 'elected' : 'members']);
    assert.deepEqual(row['seats'], orderOf(members, era === 0n ? genesis : seedOf(firstOfEra), era));
  }
});

test('RS-3.2, RS-3.3: the order is a Fisher–Yates shuffle of the sorted accounts', () => {
  const { input, output } = vector('order of an era');
  const order = orderOf(texts(input['members']), hex(text(input['seed'])), BigInt(text(input['era'])));
  assert.deepEqual(order, output['order']);
  assert.equal(order[Number(BigInt(text(input['slot'])) % BigInt(order.length))], output['author']);
});

test('RS-3.4: a replacement is drawn from those of the pool without a seat who were not removed', () => {
  const { input, output } = vector('replacement of a member');
  const seats = texts(input['seats']);
  const barred = [...seats, ...texts(input['removed'])];
  const free = texts(input['pool'])
    .filter((account) => !barred.includes(account))
    .sort();
  const seat = seats.indexOf(text(input['offender']));
  const draw = draws(
    'CESS/r2s-replacement/v1',
    hex(text(input['beacon'])),
    le(BigInt(text(input['era'])), 8),
    le(seat, 8),
  );
  assert.equal(output['seat'], seat);
  assert.equal(output['replacement'], free[draw(free.length)]);
});

test('RS-4.1 to RS-4.6: the elected are the best of the eligible candidates by score and ties', () => {
  const { input, output } = vector('election');
  const minimum = BigInt(text(input['minimumStake']));
  const eligible = rows(input['candidates']).filter(
    ({ mayServe, stake, credit, erasInPool }) =>
      mayServe === true &&
      BigInt(text(stake)) >= minimum &&
      (Number(erasInPool) < 5 || Number(credit) >= Number(input['creditThreshold'])),
  );
  const counted = ({ stake }: Row): bigint => (BigInt(text(stake)) < 4n * minimum ? BigInt(text(stake)) : 4n * minimum);
  const largest = eligible.map(counted).reduce((most, stake) => (stake > most ? stake : most));
  const ranking = eligible
    .map((candidate) => {
      const stakeScore = Number((1000n * counted(candidate)) / largest);
      const score = 5 * Number(candidate['credit']) + 3 * stakeScore + 2 * vrfScore(candidate['R']);
      return { account: candidate['account'], stakeScore, vrfScore: vrfScore(candidate['R']), score };
    })
    .sort((a, b) => b.score - a.score);
  assert.equal(new Set(ranking.map(({ score }) => score)).size, ranking.length, 'these candidates have no ties');
  assert.deepEqual(ranking, output['ranking']);
  const seats = Number(input['seats']);
  const accounts = ranking.map(({ account }) => account);
  assert.deepEqual(accounts.slice(0, seats), output['members']);
  assert.deepEqual(accounts.slice(seats), output['pool']);
  assert.equal(output['outcome'], 'Elected');
});

test('RS-8.1, RS-8.2: a proof of an equivocation is the key, the slot and two sealed headers in the order of their hashes', () => {
  const { input, output } = vector('proof of an equivocation');
  const seed = hex(text(input['authoritySeed']));
  const slot = le(BigInt(text(input['slot'])), 8);
  const claim = Buffer.concat([
    slot,
    le(Number(input['seat']), 4),
    hex(text(input['vrfOutput'])),
    hex(text(input['vrfProof'])),
  ]);
  const engine = Buffer.from('R2SC');
  const item = Buffer.concat([Buffer.from([6]), engine, le((156 << 2) | 1, 2), claim]);
  const key = publicKeyOf('ed25519', seed);
  const headers = texts(input['stateRoots']).map((stateRoot) => {
    const fixed = Buffer.concat([
      hex(text(input['parentHash'])),
      le((Number(input['number']) << 2) | 2, 4),
      hex(stateRoot),
      hex(text(input['extrinsicsRoot'])),
    ]);
    const hash = Buffer.from(blake2_256(Buffer.concat([fixed, Buffer.from([1 << 2]), item])));
    const signature = ed25519Sign(seed, hash);
    const seal = Buffer.concat([Buffer.from([5]), engine, le((64 << 2) | 1, 2), signature]);
    return { hash, sealed: Buffer.concat([fixed, Buffer.from([2 << 2]), item, seal]) };
  });
  const ordered = headers.sort((a, b) => Buffer.compare(a.hash, b.hash)).map(({ sealed }) => sealed);
  assert.equal(Buffer.concat([key, slot, ...ordered]).toString('hex'), output['proof']);
});

test('RS-9.2 to RS-9.4: incomes are shares by largest remainders, and tips', () => {
  const { input, output } = vector('reward of an era');
  const members = rows(input['members']);
  const reward = BigInt(text(input['reward']));
  const points = members.map((member) => BigInt(Number(member['points'])));
  const total = points.reduce((sum, own) => sum + own);
  const left = reward - points.reduce((sum, own) => sum + (reward * own) / total, 0n);
  const first = members
    .map((member, i) => ({ account: text(member['account']), remainder: (reward * points[i]!) % total }))
    .sort((a, b) =>
      a.remainder === b.remainder ? (a.account < b.account ? -1 : 1) : a.remainder > b.remainder ? -1 : 1,
    )
    .slice(0, Number(left))
    .map(({ account }) => account);
  assert.ok(left > 0n, 'units are left');
  assert.deepEqual(
    members.map((member, i) => {
      const extra = first.includes(text(member['account'])) ? 1n : 0n;
      return String((reward * points[i]!) / total + extra + BigInt(text(member['tips'])));
    }),
    output['incomes'],
  );
});

test('RS-8.4: a slash is min((3k / n)², 1) in billionths', () => {
  const { input, output } = vector('slash of equivocators');
  const n = Number(input['members']);
  const expected = [1, 2, 3, 4].map((k) => Math.min(1e9, Math.floor((9 * k * k * 1e9) / (n * n))));
  assert.deepEqual(output['billionths'], expected);
});
