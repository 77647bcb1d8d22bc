// npm test: installs, builds, checks, and runs all test files: first the conformance suites, two at a time, those that take
// longest first, and beside them those that mostly wait; then the tests of the packages, three at a time. Ends with one
// line: N passed, N failed, N skipped.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { build, install, requireNode, root } from './setup.mjs';

const layers = ['foundation', 'protocol', 'chain', 'storage', 'delivery', 'roles', 'interface', 'devnet'];
const suitesAtOnce = 2;
/** They wait for a quarter of the time. */
const packageTestsAtOnce = 3;
const suites = (...names) => names.map((name) => join(root, 'conformance', 'dist', `${name}.test.js`));
/** Conformance suites that wait for deadlines most of the time: one after another, beside all others. */
const waiting = suites('audit-cheating', 'lifecycle');
/**
 * Others that take longer than half a minute. First those without audits: threads of the lowest priority tag and repair, and
 * would starve beside so much load.
 */
const longest = suites(
  's3-clients',
  'provider-loss',
  'crash',
  'readme-tour',
  'roles',
  'audit-repair',
  'audit-crash',
  's3-under-repair',
  'processes',
);

function* testFiles(folder) {
  for (const name of readdirSync(folder).sort()) {
    if (name === 'node_modules' || name === 'src') continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* testFiles(path);
    else if (name.endsWith('.test.js')) yield path;
  }
}

/** Runs the files in their order, so many at once, and writes the report; gives the counts of passed, failed and skipped. */
async function runTests(files, concurrency, output) {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  // Nothing takes that long; what hangs fails.
  const results = run({ files, concurrency, timeout: 1_200_000 });
  const counts = new Map();
  // What the runner says at its end: `pass 12`.
  results.on('test:diagnostic', ({ message }) => {
    const [, name, count] = /^(pass|fail|cancelled|skipped) (\d+)$/.exec(message) ?? [];
    if (name !== undefined) counts.set(name, Number(count));
  });
  await pipeline(results, new spec(), output, { end: output !== process.stdout });
  const count = (name) => counts.get(name) ?? 0;
  return { passed: count('pass'), failed: count('fail') + count('cancelled'), skipped: count('skipped') };
}

/** Keeps what is written to it. */
function collector() {
  const chunks = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, bytes: () => Buffer.concat(chunks) };
}

requireNode();
install({ development: true });
build({ tests: true });
const check = spawnSync(process.execPath, [join(root, 'scripts', 'check.mjs')], { cwd: root, stdio: 'inherit' });
const pattern = process.argv[2];
const selected = (file) => pattern === undefined || file.includes(pattern);
const packageTests = layers.flatMap((layer) => [...testFiles(join(root, layer))]);
const suiteFiles = new Set(testFiles(join(root, 'conformance')));
for (const file of [...waiting, ...longest])
  if (!suiteFiles.delete(file)) throw new Error(`${file} is not there: mend the lists of suites`);
const lists = [[...longest, ...suiteFiles], waiting, packageTests];
const [inTurn, beside, last] = lists.map((list) => list.filter(selected));
process.stdout.write(`\n== ${inTurn.length + beside.length + last.length} test files\n`);
const report = collector();
const outcomes = await Promise.all([
  runTests(inTurn, suitesAtOnce, process.stdout),
  runTests(beside, 1, report.stream),
]);
process.stdout.write(report.bytes());
outcomes.push(await runTests(last, packageTestsAtOnce, process.stdout));
const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((name) =>
  outcomes.reduce((sum, outcome) => sum + outcome[name], 0),
);
const isChecked = check.status === 0;
process.stdout.write(
  `\n${passed + Number(isChecked)} passed, ${failed + Number(!isChecked)} failed, ${skipped} skipped\n`,
);
process.exit(isChecked && failed === 0 && passed > 0 ? 0 : 1);
