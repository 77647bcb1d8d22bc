// npm run bench -- attacks: plays random games of adversaries (CESS_GAMES, default 100) and prints what each strategy gained.
// CESS_GAME_PROCESSES play them, by default one for each processor. A game in which an oracle fails is printed with its seed, and
// the program ends with 1. After SIGINT it reports the games so far.
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CESS, elementAt, messageOf } from '@cess/primitives';
import { play } from './adversaries/play.js';

/** What one party gained in one game, in the smallest unit; as text, because messages between processes hold no bigint. */
interface Gain {
  readonly strategy: string;
  readonly gain: string;
}
type Message =
  | { readonly type: 'played'; readonly gains: readonly Gain[] }
  | { readonly type: 'failed'; readonly reason: string };

const program = fileURLToPath(import.meta.url);
const [, , first, step] = process.argv;

/** "silent provider 3" and its like are one strategy each. */
const strategyOf = (name: string): string => name.replace(/ \d+$/, '');

function playShare(from: number, every: number, games: number): void {
  for (let game = from; game < games; game += every) {
    try {
      const gains = play(`attacks-${game}`).gains.map(({ party, gain }) => ({
        strategy: strategyOf(party.name),
        gain: gain.toString(),
      }));
      process.send?.({ type: 'played', gains } satisfies Message);
    } catch (error) {
      const cause = error instanceof Error ? messageOf(error.cause) : '';
      process.send?.({ type: 'failed', reason: `${messageOf(error)}: ${cause}` } satisfies Message);
    }
  }
  process.disconnect?.();
}

async function playAll(games: number): Promise<number> {
  const gains = new Map<string, bigint[]>();
  const failures: string[] = [];
  let played = 0;
  const shares = Number(process.env['CESS_GAME_PROCESSES'] ?? availableParallelism());
  await Promise.all(
    Array.from({ length: shares }, async (_, share) => {
      const child = fork(program, [String(share), String(shares)], { execArgv: [] });
      process.once('SIGINT', () => child.kill());
      child.on('message', (message: Message) => {
        played++;
        if (played % 50 === 0) process.stderr.write(`${played} of ${games} games\n`);
        if (message.type === 'failed') failures.push(message.reason);
        else
          for (const { strategy, gain } of message.gains)
            gains.set(strategy, [...(gains.get(strategy) ?? []), BigInt(gain)]);
      });
      await new Promise<void>((resolve) => child.once('exit', () => resolve()));
    }),
  );
  process.stdout.write(`${played} games, ${failures.length} failed\n\n`);
  for (const failure of failures) process.stdout.write(`${failure}\n`);
  process.stdout.write('| strategy | played | worst | median | best |\n|---|---|---|---|---|\n');
  for (const [strategy, all] of [...gains].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const sorted = [...all].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const columns = [0, sorted.length >> 1, sorted.length - 1].map((index) => inCess(elementAt(sorted, index)));
    process.stdout.write(`| ${strategy} | ${sorted.length} | ${columns.join(' | ')} |\n`);
  }
  return failures.length;
}

/** With two decimals. */
function inCess(amount: bigint): string {
  return (Number((amount * 100n) / CESS) / 100).toFixed(2);
}

const games = Number(process.env['CESS_GAMES'] ?? 100);
if (first !== undefined && step !== undefined) playShare(Number(first), Number(step), games);
else process.exitCode = (await playAll(games)) > 0 ? 1 : 0;
