// What must hold in every game, whatever the dishonest parties do.
import { invariant, TiB, toHex } from '@cess/primitives';
import { query, stakeFor } from '../../index.js';
import { assertBooksAgree } from '../audit-books.js';
import { K } from '../storage-scenario.js';
import type { Game } from './game.js';

/** Blocks after which an order that an honest provider could take must be done. */
const MAX_ORDER_AGE = 80;

/** Blocks within which silent deletion is punished: several cycles and the rounds of the last of them. */
const BLOCKS_TO_PUNISH = 120;

/** During the game. Throws an Error that says what does not hold. */
export function checkAlways(game: Game): void {
  assertBooksAgree(game.chain);
  for (const { index } of game.chain.providers) if (!game.dishonest.has(index)) checkHonestProvider(game, index);
  for (const worker of game.chain.workers)
    if (!game.dishonestWorkers.has(worker.index)) checkHonestWorker(game, worker.index);
  for (const fileId of game.files) checkReadable(game, fileId);
  checkRepair(game);
}

function checkHonestProvider(game: Game, index: number): void {
  const info = query.Sminer.Miners.get(game.chain, index);
  invariant(info?.state === 'Positive', `honest provider ${index} is ${info?.state}`);
  invariant(info.staked === stakeFor(info.declared_space), `honest provider ${index} was slashed`);
  const strikes = [...query.Audit.Registries.entries(game.chain, [index])].map(([, registry]) => registry.strikes);
  invariant(
    strikes.every((count) => count === 0),
    `honest provider ${index} has a strike`,
  );
}

function checkHonestWorker(game: Game, index: number): void {
  const info = query.TeeWorker.Workers.get(game.chain, index);
  invariant(info?.record.wrong === 0, `honest worker ${index} was found wrong`);
  invariant(info.record.missed === 0, `honest worker ${index} was punished for a missed verdict`);
}

/** Honest holders that have their bytes suffice to read the file. */
function checkReadable(game: Game, fileId: Uint8Array): void {
  if (!query.FileBank.Files.has(game.chain, fileId)) return;
  const sources = [...query.FileBank.Fragments.entries(game.chain, [fileId])].filter(
    ([[, , fragment], { holder }]) =>
      holder !== undefined && !game.dishonest.has(holder) && game.holds(holder, fileId, fragment),
  );
  invariant(sources.length >= K, `file ${toHex(fileId)} has ${sources.length} honest fragments`);
}

/** No order waits for long that an honest provider could complete. */
function checkRepair(game: Game): void {
  for (const [[fileId, , fragment], order] of query.FileBank.RestoralOrders.entries(game.chain, [])) {
    if (game.number - order.opened_at <= MAX_ORDER_AGE || game.isJunk(fileId)) continue;
    const holders = new Set(
      [...query.FileBank.Fragments.entries(game.chain, [fileId])].map(([, { holder }]) => holder),
    );
    const free = game.chain.providers.filter(({ index }) => !game.dishonest.has(index) && !holders.has(index));
    invariant(free.length === 0, `fragment ${fragment} of ${toHex(fileId)} waits since block ${order.opened_at}`);
  }
}

/** At the end of a game, after everything that was pending has ended. */
export function checkEnd(game: Game): void {
  checkAlways(game);
  for (const party of game.parties) {
    const gain = game.ledger.gainOf(game.chain, party.accounts);
    if (!party.isHonest) invariant(gain <= 0n, `${party.name} gained ${gain}`);
  }
  for (const index of game.dishonest) checkPunished(game, index);
  for (const index of game.dishonestWorkers) checkWorkerPunished(game, index);
}

/** A provider that deleted tagged data and said nothing has lost at least one percent of its stake. */
function checkPunished(game: Game, index: number): void {
  const since = game.cheatsSince.get(index);
  if (since === undefined || game.number - since < BLOCKS_TO_PUNISH) return;
  const loss = -game.ledger.gainOf(game.chain, [game.provider(index).account.publicKey]);
  invariant(loss * 100n >= stakeFor(BigInt(TiB)), `provider ${index} deleted data in block ${since} and lost ${loss}`);
}

/** A worker that gave a wrong verdict which was disputed lost stake and its seat. */
function checkWorkerPunished(game: Game, index: number): void {
  const info = query.TeeWorker.Workers.get(game.chain, index);
  if (info === undefined || info.record.wrong === 0) return;
  const gain = game.ledger.gainOf(game.chain, [info.controller]);
  invariant(gain < 0n, `worker ${index} gave ${info.record.wrong} wrong verdicts and lost nothing`);
}
