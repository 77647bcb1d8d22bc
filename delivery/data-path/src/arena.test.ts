// The memory budget: regions never overlap, all memory comes back, waiters are served in order.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ArenaRegion, createArenas } from './arena.js';

const page = 65_536;
const never = new AbortController().signal;

describe('arena', () => {
  it('regions in use never overlap and all memory comes back', async () => {
    const step = fc.oneof(
      fc.record({ take: fc.integer({ min: 1, max: 6 * page }) }),
      fc.record({ give: fc.integer({ min: 0, max: 20 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const [arena] = createArenas(page, 16 * page);
        const regions: ArenaRegion[] = [];
        const pending: Promise<unknown>[] = [];
        for (const one of steps) {
          if ('take' in one) {
            const acquired = arena!.acquire(one.take, never).then((region) => {
              assert.ok(region.length >= one.take && region.offset >= page);
              for (const other of regions) {
                assert.ok(
                  region.offset + region.length <= other.offset || other.offset + other.length <= region.offset,
                );
              }
              regions.push(region);
            });
            pending.push(acquired);
          } else regions.splice(one.give, 1)[0]?.release();
          await new Promise((resolve) => setImmediate(resolve));
          const used = regions.reduce((sum, { length }) => sum + length, 0);
          assert.equal(arena!.freeBytes, 16 * page - used);
        }
        while (regions.length > 0) {
          for (const region of regions.splice(0)) {
            region.release();
            region.release();
          }
          await new Promise((resolve) => setImmediate(resolve));
        }
        await Promise.all(pending);
        assert.equal(arena!.freeBytes, 16 * page);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('a large request is not overtaken by small ones, and those behind one that gives up are served', async () => {
    const [arena] = createArenas(0, 4 * page);
    const held = await arena!.acquire(3 * page, never);
    const order: string[] = [];
    const giveUp = new AbortController();
    const large = arena!.acquire(4 * page, giveUp.signal).catch((error: { code: string }) => order.push(error.code));
    const small = arena!.acquire(page, never).then((region) => {
      order.push('small');
      return region;
    });
    assert.equal(arena!.isContended, true);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(order, []);
    giveUp.abort();
    await large;
    (await small).release();
    held.release();
    assert.deepEqual(order.toSorted(), ['ABORTED', 'small']);
    await assert.rejects(arena!.acquire(1, AbortSignal.abort()), { code: 'ABORTED' });
    assert.equal(arena!.freeBytes, 4 * page);
  });

  it('a client that holds less is served before one that holds more and came earlier', async () => {
    const [arena] = createArenas(0, 4 * page);
    const greedy = [await arena!.acquire(page, never, 'greedy'), await arena!.acquire(2 * page, never, 'greedy')];
    const other = await arena!.acquire(page, never, 'other');
    const order: string[] = [];
    const wait = (client: string) =>
      arena!.acquire(2 * page, never, client).then((region) => {
        order.push(client);
        return region;
      });
    const waits = [wait('greedy'), wait('modest')];
    greedy[1]!.release();
    (await waits[1]!).release();
    (await waits[0]!).release();
    assert.deepEqual(order, ['modest', 'greedy']);
    for (const region of [greedy[0]!, other]) region.release();
    assert.equal(arena!.freeBytes, 4 * page);
  });

  it('arenas side by side share the memory, not the room', async () => {
    const [a, b] = createArenas(page, page, 2 * page);
    assert.equal(a!.memory, b!.memory);
    const [one, two] = [await a!.acquire(page, never), await b!.acquire(2 * page, never)];
    assert.deepEqual([one.offset, two.offset], [page, 2 * page]);
    assert.throws(() => a!.acquire(2 * page, never));
  });
});
