// Random games of honest and dishonest parties on the real runtime (PODR2-4, PODR2-6, STORE-15, ECON-4, TEE-3). What must
// hold in each: test-support/adversaries/oracles.ts. CESS_GAMES plays that many games with new seeds, CESS_SEED repeats one;
// without them the same four games are played (`npm run soak`: 1000).
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { play } from './test-support/adversaries/play.js';
import { WEAKENINGS } from './test-support/adversaries/weakenings.js';

const games = process.env['CESS_GAMES'];
const base = games === undefined ? 'slice' : randomBytes(4).toString('hex');
const chosen = process.env['CESS_SEED'];
/** Games that found faults: duties and disputes of others that a flood kept out of blocks. */
const remarkable = ['g-14', 'slashes are given back/4'];
const seeds =
  chosen === undefined
    ? [...remarkable, ...Array.from({ length: Number(games ?? 2) }, (_, i) => `${base}-${i}`)]
    : [chosen];
/** Games in which a weakened rule must be noticed at least once. */
const gamesWithWeakening = 8;

describe('dishonest providers, workers and outsiders', () => {
  for (const seed of seeds) {
    it(`harm nobody honest and gain nothing (seed ${seed})`, () => {
      const { game, gains } = play(seed);
      assert.ok(game.number > 200);
      assert.ok(gains.some(({ party }) => !party.isHonest));
    });
  }
});

describe('a weakened rule is noticed', () => {
  for (const weakening of WEAKENINGS) {
    it(weakening.name, () => {
      const failures: unknown[] = [];
      const { firstGame = 0 } = weakening;
      for (let i = 0; i < gamesWithWeakening && failures.length === 0; i++) {
        try {
          play(`${weakening.name}/${(firstGame + i) % gamesWithWeakening}`, weakening);
        } catch (error) {
          failures.push(error);
        }
      }
      assert.equal(failures.length, 1, 'no game failed');
    });
  }
});
