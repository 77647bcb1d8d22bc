// npm test: installs, builds, checks, and runs all test files, two at a time, the conformance suites that take longest
// first, so that none of them is left alone at the end. Ends with one line: N passed, N failed, N skipped.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { build, install, requireNode, root } from './setup.mjs';

const layers = ['foundation', 'protocol', 'chain', 'storage', 'delivery', 'interface', 'devnet'];
const atOnce = 2;
/** Conformance suites that take longer than half a minute, the longest first. */
const longest = [
  'audit-cheating',
  's3-clients',
  'audit-repair',
  'audit-crash',
  's3-under-repair',
  'processes',
  'provider-loss',
  'crash',
  'readme-tour',
  'lifecycle',
  'roles',
].map((name) => join('conformance', 'dist', `${name}.test.js`));

function* testFiles(folder) {
  for (const name of readdirSync(folder).sort()) {
    if (name === 'node_modules' || name === 'src') continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* testFiles(path);
    else if (name.endsWith('.test.js')) yield path;
  }
}

/** Runs the files in their order, so many at once; gives the counts of passed, failed and skipped. */
async function runTests(files) {
  process.stdout.write(`\n== ${files.length} test files\n`);
  // Nothing takes that long; what hangs fails.
  const results = run({ files, concurrency: atOnce, timeout: 1_200_000 });
  const counts = new Map();
  // What the runner says at its end: `pass 12`.
  results.on('test:diagnostic', ({ message }) => {
    const [, name, count] = /^(pass|fail|cancelled|skipped) (\d+)$/.exec(message) ?? [];
    if (name !== undefined) counts.set(name, Number(count));
  });
  await pipeline(results, new spec(), process.stdout, { end: false });
  const count = (name) => counts.get(name) ?? 0;
  return { passed: count('pass'), failed: count('fail') + count('cancelled'), skipped: count('skipped') };
}

requireNode();
install({ development: true });
build({ tests: true });
const check = spawnSync(process.execPath, [join(root, 'scripts', 'check.mjs')], { cwd: root, stdio: 'inherit' });
const pattern = process.argv[2];
const selected = (file) => pattern === undefined || file.includes(pattern);
const files = [...layers, 'conformance'].flatMap((layer) => [...testFiles(join(root, layer))]);
const [first, rest] = [longest.map((path) => join(root, path)), new Set(files)];
for (const file of first) if (!rest.delete(file)) throw new Error(`${file} is not there: mend the list of the longest`);
const { passed, failed, skipped } = await runTests([...first, ...rest].filter(selected));
const isChecked = check.status === 0;
process.stdout.write(
  `\n${passed + Number(isChecked)} passed, ${failed + Number(!isChecked)} failed, ${skipped} skipped\n`,
);
process.exit(isChecked && failed === 0 && passed > 0 ? 0 : 1);
