// Runs the hunt of one mutant in this process: node mutant-run.js <name>. Prints JSON: how often the text was found, and what was caught.
import { register } from 'node:module';
import { MessageChannel } from 'node:worker_threads';
import { mutants } from './mutants.js';

const mutant = mutants.find(({ name }) => name === process.argv[2]);
if (mutant === undefined) throw new RangeError(`there is no mutant "${process.argv[2]}"`);
const { port1, port2 } = new MessageChannel();
const { file, text, replacement } = mutant;
const found = new Promise<number>((resolve) => {
  port1.on('message', resolve);
});
register('./mutant-hooks.js', import.meta.url, {
  data: { file, text, replacement, port: port2 },
  transferList: [port2],
});

const { runSeed } = await import('../run-seed.js');

async function hunt(): Promise<object | undefined> {
  for (const [scenario, first, seeds] of mutant?.hunt ?? []) {
    for (let seed = first; seed < first + seeds; seed++) {
      const violation = await runSeed(scenario, seed).catch((error: unknown) => `thrown: ${String(error)}`);
      if (violation !== undefined) return { scenario, seed, violation };
    }
  }
  return undefined;
}

const caught = await hunt();
process.stdout.write(`${JSON.stringify({ occurrences: await found, caught: caught ?? null })}\n`);
process.exit(0);
