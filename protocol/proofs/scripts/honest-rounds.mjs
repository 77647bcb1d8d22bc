// The long run of which honest-rounds.test.ts is a slice: node protocol/proofs/scripts/honest-rounds.mjs [rounds]
// Needs built tests. Exits with 1 when an honest provider failed.
import { honestFailures } from '../dist-test/test-support/honest-rounds.js';

const rounds = Number(process.argv[2] ?? 100_000);
const step = 10_000;
let failures = 0;
for (let done = 0; done < rounds; done += step) {
  failures += honestFailures(Math.min(step, rounds - done), `long run ${done}`);
  process.stdout.write(`${Math.min(done + step, rounds)} rounds, ${failures} honest providers failed\n`);
}
process.exit(failures === 0 ? 0 : 1);
