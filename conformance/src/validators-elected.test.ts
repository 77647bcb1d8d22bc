// CHAIN-5, R2S-1, R2S-3, R2S-8: eleven validators and five candidates as processes. Real elections change the set three times, and stake decides who
// is in it; finality bears the loss of three of eleven, stops at that of a fourth, and goes on; new nodes take the chain in all three ways.
// `npm run soak` runs it: sixteen processes need two quiet cores.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '@cess/primitives/testing';
import { ValidatorNodes } from './support/validator-nodes.js';

const authorities = Array.from({ length: 11 }, (_, seat) => seat);
const candidates = [11, 12, 13, 14, 15];
const all = [...authorities, ...candidates];
/** Four times the least stake, beyond which more does not count (RS-4.2): its owner wins against every score of the least stake. */
const [leastStake, mostStake] = ['1000', '4000'];
const slotDurationMs = 3_000;
const slotsPerEra = 20;
const goalSlots = 2;
const floorSlots = 3;

interface Listed {
  readonly address: string;
  readonly seated: string;
}

const skip = process.env['CESS_SOAK'] !== '1' && 'npm run soak runs it';

describe('eleven validators and five candidates', { skip }, () => {
  const nodes = new ValidatorNodes({
    authorities: authorities.length,
    candidates: candidates.length,
    slotDurationMs,
    elections: {
      ...{ slotsPerEpoch: slotsPerEra / 2, epochsPerEra: 2, seats: authorities.length, minimumMembers: 4 },
      ...{ reportEras: 0, deferralEras: 0, coolingOffEras: 1 },
    },
  });
  const [poor = 0] = candidates.slice(-1);
  const rich = candidates.slice(0, -1);
  const validator = (seat: number, ...args: string[]) =>
    nodes.run(seat, '--rpc', nodes.endpoint(0), 'validator', ...args);
  const members = async (): Promise<number[]> => {
    const listed = (await nodes.cess(poor, '--rpc', nodes.endpoint(0), 'validator', 'list')) as readonly Listed[];
    return nodes.seatsOf(listed.flatMap(({ address, seated }) => (seated === 'yes' ? [address] : [])));
  };
  const era = async (): Promise<number> => {
    const status = (await nodes.cess(poor, '--rpc', nodes.endpoint(0), 'validator', 'status')) as {
      readonly era: number;
    };
    return Number(status.era);
  };

  before(() => nodes.start());
  after(() => nodes.destroy());

  it('R2S-3: elections over three eras seat whoever has the most stake, and drop who exits', async (t) => {
    await nodes.reach(3, authorities);
    for (const seat of candidates) await nodes.startOne(seat);
    for (const seat of candidates) {
      const stake = seat === poor ? leastStake : mostStake;
      await validator(seat, 'register', '--key', nodes.path(`authority-${seat}.json`), '--stake', stake);
    }
    const latencies = new Latencies(nodes, 0);
    latencies.start();
    const seen = new Map<number, readonly number[]>();
    const note = async (): Promise<void> => {
      seen.set(await era(), await members());
    };
    await eventually(
      async () => {
        await note();
        const now = await members();
        return rich.every((seat) => now.includes(seat));
      },
      'seats for those with the most stake',
      1_000,
    );
    await validator(poor, 'bond', String(Number(mostStake) - Number(leastStake)));
    await eventually(
      async () => {
        await note();
        return (await members()).includes(poor);
      },
      'a seat for the one that added to its stake',
      1_000,
    );
    const [leaving = 0] = rich;
    await validator(leaving, 'exit');
    await eventually(
      async () => {
        await note();
        return !(await members()).includes(leaving);
      },
      'the end of the one that exits',
      1_000,
    );
    await nodes.reach((await nodes.finalized(0)) + 3, all);
    const medianSlots = (await latencies.stop()) / slotDurationMs;
    const sets = [...seen].map(([number, seats]) => `era ${number}: ${seats.toSorted((a, b) => a - b).join(' ')}`);
    for (const line of sets) t.diagnostic(line);
    t.diagnostic(`finality of a block after ${medianSlots.toFixed(2)} slots in the median; the goal is ${goalSlots}`);
    const changes = [...seen.values()].map((seats) => String(seats.toSorted((a, b) => a - b)));
    assert.ok(new Set(changes).size >= 4, 'three changes of the set');
    for (const seats of seen.values()) assert.equal(seats.length, authorities.length);
    assert.ok(medianSlots <= floorSlots);
  });

  it('CHAIN-5: kill -9 of three of eleven: finality goes on; of a fourth: blocks only; of its return: finality again', async () => {
    // Node 0 answers the questions of this suite.
    const [first = 0, second = 0, third = 0, fourth = 0, ...others] = (await members()).filter((seat) => seat !== 0);
    for (const seat of [first, second, third]) await nodes.kill(seat);
    const left = [0, fourth, ...others];
    await nodes.reach((await nodes.finalized(0)) + 4, left);
    await nodes.kill(fourth);
    const standing = Math.max(...(await Promise.all([0, ...others].map((seat) => nodes.finalized(seat)))));
    const from = await nodes.best(0);
    await eventually(async () => (await nodes.best(0)) >= from + 4, 'blocks without finality', 500);
    // What was voted before may have become final since.
    assert.ok((await nodes.finalized(0)) <= standing + 2);
    const waiting = await nodes.best(0);
    for (const seat of [first, second, third, fourth]) await nodes.startOne(seat);
    await nodes.reach(waiting, [...left, first, second, third]);
  });

  it('CHAIN-3: new nodes take the whole chain, or its state with and without the blocks below', async () => {
    const ways = ['full', 'fast', 'warp'] as const;
    const seats = ways.map((_, index) => all.length + index);
    for (const [index, sync] of ways.entries()) await nodes.follow(all.length + index, sync);
    await nodes.reach((await nodes.finalized(0)) + 2, [0, ...seats]);
  });
});

/** How long after its slot began each block is final at a node, in ms; its median. */
class Latencies {
  readonly #took: number[] = [];
  #isEnding = false;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly nodes: ValidatorNodes,
    private readonly seat: number,
  ) {}

  start(): void {
    this.#running = this.#follow();
  }

  async stop(): Promise<number> {
    this.#isEnding = true;
    await this.#running;
    const sorted = this.#took.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? assert.fail('no block became final');
  }

  async #follow(): Promise<void> {
    const madeAt = new Map<number, number>();
    let final = await this.nodes.finalized(this.seat);
    for (let best = await this.nodes.best(this.seat); !this.#isEnding; best = await this.nodes.best(this.seat)) {
      const nowMs = Date.now();
      // A block is seen soon after its slot began.
      if (!madeAt.has(best)) madeAt.set(best, nowMs - (nowMs % slotDurationMs));
      const height = await this.nodes.finalized(this.seat);
      for (; final < height; final++) {
        const atMs = madeAt.get(final + 1);
        if (atMs !== undefined) this.#took.push(Date.now() - atMs);
      }
    }
  }
}
