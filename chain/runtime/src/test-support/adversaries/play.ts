// A random game: which parties take part, and its course.
import { bob } from '../harness.js';
import { Game, type GameInit, type Party, type ProviderStrategy, type Weakening } from './game.js';
import { checkAlways, checkEnd } from './oracles.js';
import { Flooder, Stuffer } from './outsiders.js';
import { DISHONEST_PROVIDERS, HonestProvider } from './providers.js';
import { Random } from './random.js';
import { Checker, DISHONEST_WORKERS, HonestWorker, LyingWorker } from './workers.js';

/** Blocks of a game, and blocks after it in which everything pending ends. */
const BLOCKS = 200;
const SETTLING_BLOCKS = 60;
const CHECK_EVERY = 10;
/** Dishonest holders of a file of six fragments, two of which suffice. */
const MAX_DISHONEST_HOLDERS = 4;

export interface Outcome {
  readonly game: Game;
  /** Gain of each party in the smallest unit; negative for a loss. */
  readonly gains: readonly { readonly party: Party; readonly gain: bigint }[];
}

/**
 * Plays a game with up to 40 % dishonest providers and half of the workers dishonest, all chosen by the seed. Throws an Error
 * that names the seed when an oracle fails.
 */
export function play(seed: string, weakening?: Weakening): Outcome {
  const game = setUp(seed, weakening);
  try {
    for (let block = 1; block <= BLOCKS; block++) {
      game.block();
      if (block % 20 === 0) game.storeFile(weakening?.holders ?? MAX_DISHONEST_HOLDERS);
      if (block % CHECK_EVERY === 0) checkAlways(game);
    }
    for (let block = 0; block < SETTLING_BLOCKS; block++) game.block();
    checkEnd(game);
  } catch (error) {
    const parties = game.parties.filter(({ isHonest }) => !isHonest).map(({ name }) => name);
    throw new Error(`seed ${seed}, block ${game.number}, with ${parties.join(', ')}`, { cause: error });
  }
  const gains = game.parties.map((party) => ({ party, gain: game.ledger.gainOf(game.chain, party.accounts) }));
  return { game, gains };
}

function setUp(seed: string, weakening: Weakening | undefined): Game {
  const random = new Random(`${seed}/parties`);
  const workerCount = 2 + random.below(3);
  const workerStrategies = Array.from({ length: workerCount >> 1 }, () => random.pick(DISHONEST_WORKERS));
  const init: GameInit = {
    seed,
    workers: workerCount,
    files: 6,
    // A wrong "failed" verdict is disputed, and then the chain verifies the proof.
    realProofs: workerStrategies.includes(LyingWorker),
    ...(weakening === undefined ? {} : { weakening }),
  };
  const game = new Game(init);
  const forced = weakening?.providers ?? [];
  const chosen = 1 + random.below((game.providerCount * 2) / 5);
  const dishonest = forced.length > 0 ? forced.length : chosen;
  for (let index = 0; index < dishonest; index++) game.dishonest.add(index);
  for (let i = 0; i < init.files; i++) game.storeFile(weakening?.holders ?? MAX_DISHONEST_HOLDERS);
  for (const { index } of game.chain.providers) {
    const Dishonest: ProviderStrategy = forced[index] ?? random.pick(DISHONEST_PROVIDERS);
    const Strategy = game.dishonest.has(index) ? Dishonest : HonestProvider;
    game.addParty(new Strategy(game, index));
  }
  game.chain.workers.forEach((worker, i) => {
    const Dishonest = workerStrategies[i];
    if (Dishonest !== undefined) game.dishonestWorkers.add(worker.index);
    game.addParty(Dishonest === undefined ? new HonestWorker(worker) : new Dishonest(worker));
  });
  game.addParty(new Checker());
  if (random.chance(1, 3)) game.addParty(new Flooder(game, 4 + random.below(8)));
  if (random.chance(1, 3)) game.addParty(new Stuffer(game, 0));
  for (const party of weakening?.outsiders?.(game) ?? []) game.addParty(party);
  game.addParty({ name: 'gateway', isHonest: true, accounts: [bob.publicKey], act: () => {} });
  return game;
}
