// CHAIN-5, R2S-2, R2S-6, R2S-12: eleven authorities and five candidates as processes. Three eras begin with sets that real elections chose; the
// sets finalize, lose three and four of their members by kill -9, and get them back; new nodes take the chain in each way.
// Sixteen nodes need both cores of a small machine for ten minutes, so it runs with CESS_SOAK=1.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemTimers } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { ValidatorNodes } from './support/validator-nodes.js';

const slotDurationMs = 3_000;
const authorities = [...Array(11).keys()];
const candidates = [11, 12, 13, 14, 15];
const all = [...authorities, ...candidates];
/** Finality of a block in the median, in slots after it was seen. */
const mostMedianSlots = 3;
const eras = 3;

interface Listed {
  readonly address: string;
  readonly seated: string;
}

describe('eleven validators and five candidates as processes', {
  skip: process.env.CESS_SOAK === '1' ? false : 'needs CESS_SOAK=1',
}, () => {
  const nodes = new ValidatorNodes({
    authorities: authorities.length,
    candidates: candidates.length,
    slotDurationMs,
    elections: { slotsPerEpoch: 20, epochsPerEra: 2, reportEras: 0, deferralEras: 0, coolingOffEras: 1 },
  });
  const validator = (...args: string[]) => nodes.cess(11, '--rpc', nodes.endpoint(0), 'validator', ...args);
  const eraAt = async () => Number(((await validator('status')) as { readonly era: number }).era);
  const seated = async () => {
    const listed = (await validator('list')) as readonly Listed[];
    return nodes
      .seatsOf(listed.filter((each) => each.seated === 'yes').map(({ address }) => address))
      .sort((a, b) => a - b);
  };

  before(async () => {
    await nodes.start();
    for (const seat of candidates) await nodes.startOne(seat);
  });
  after(() => nodes.destroy());

  it('finalize the same blocks', async () => {
    await nodes.reach(5, all);
  });

  it('R2S-3, R2S-6: elect three sets in turn, in which those with more stake have seats', async (context) => {
    for (const seat of candidates) {
      const key = nodes.path(`authority-${seat}.json`);
      await nodes.run(seat, '--rpc', nodes.endpoint(0), 'validator', 'register', '--key', key, '--stake', '4000');
    }
    const sets = new Map([[0, authorities]]);
    const latencies = new FinalityTimes(
      () => nodes.best(0),
      () => nodes.finalized(0),
    );
    await eventually(async () => {
      await latencies.watch(20);
      sets.set(await eraAt(), await seated());
      return sets.size > eras + 1;
    }, 'the eras');
    const chosen = [...sets.values()];
    context.diagnostic(`sets by era: ${JSON.stringify([...sets])}`);
    for (const set of chosen.slice(-eras))
      for (const seat of candidates) assert.ok(set.includes(seat), `${seat} has a seat`);
    const different = new Set(chosen.map((set) => set.join()));
    assert.ok(different.size > eras, `only ${different.size} different sets`);
    const slots = latencies.median() / slotDurationMs;
    context.diagnostic(`finality in the median after ${slots.toFixed(2)} slots, of ${latencies.count} blocks`);
    assert.ok(slots <= mostMedianSlots, `${slots} slots`);
    await nodes.reach(await nodes.finalized(0), all);
  });

  it('finalize while three of eleven are killed, stop with a fourth one, and go on when it is back', async (context) => {
    const members = await seated();
    const killed = members.filter((seat) => seat !== 0).slice(0, 4);
    const left = members.filter((seat) => !killed.includes(seat));
    const [first = assert.fail(), second = assert.fail(), third = assert.fail(), fourth = assert.fail()] = killed;
    for (const seat of [first, second, third]) await nodes.kill(seat);
    await nodes.reach((await nodes.finalized(0)) + 4, [...left, fourth]);
    await nodes.kill(fourth);
    const [standing, from] = [await nodes.finalized(0), await nodes.best(0)];
    await eventually(async () => (await nodes.best(0)) >= from + 6, 'blocks without finality');
    // What was voted before may have become final since.
    assert.ok((await nodes.finalized(0)) <= standing + 3);
    const waiting = await nodes.best(0);
    const beganMs = performance.now();
    for (const seat of killed) await nodes.startOne(seat);
    const startedMs = performance.now();
    await nodes.reach(waiting, [0]);
    const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1);
    context.diagnostic(
      `${seconds(startedMs)} s after the start of the fourth, ${seconds(beganMs)} s after that of the first`,
    );
    await nodes.reach(waiting, [...members, ...killed]);
  });

  it('are followed by new nodes in full, from a state, and by proofs of set changes', async () => {
    for (const [index, sync] of (['full', 'fast', 'warp'] as const).entries()) {
      const seat = all.length + index;
      await nodes.follow(seat, sync);
      await nodes.reach((await nodes.finalized(0)) + 2, [0, seat]);
    }
  });
});

/** When blocks were first seen, and when they were final. */
class FinalityTimes {
  readonly #seenMs = new Map<number, number>();
  readonly #tookMs: number[] = [];
  #final = 0;

  constructor(
    readonly best: () => Promise<number>,
    readonly finalized: () => Promise<number>,
  ) {}

  get count(): number {
    return this.#tookMs.length;
  }

  async watch(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      const [best, final] = [await this.best(), await this.finalized()];
      const nowMs = performance.now();
      if (!this.#seenMs.has(best)) this.#seenMs.set(best, nowMs);
      for (let number = this.#final + 1; number <= final; number++) {
        const seenMs = this.#seenMs.get(number);
        if (seenMs !== undefined) this.#tookMs.push(nowMs - seenMs);
        this.#seenMs.delete(number);
      }
      this.#final = Math.max(this.#final, final);
      await systemTimers.sleep(100);
    }
  }

  median(): number {
    return this.#tookMs.toSorted((a, b) => a - b)[this.#tookMs.length >> 1] ?? Number.NaN;
  }
}
