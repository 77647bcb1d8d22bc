// npm test [-- <text> …]: installs, builds, checks, and runs all tests, or those whose path holds one of the texts.
// `--unit` runs the tests of the packages only: they start no network. `--verbose` prints the output of every file.
// Ends with one line: N passed, N failed, N skipped.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, fail, install, requireNode, root } from './setup.mjs';
import { testPlan } from './test-files.mjs';

/** Suites are idle for about half of their run time, tests of packages for a quarter. */
const suitesAtOnce = 2;
const packageTestsAtOnce = 3;
/** A file that takes longer hangs; on a busy machine the longest takes a quarter of this. */
const hangMs = 40 * 60_000;
const reminderMs = 60_000;
const maxOutputBytes = 256 * 1024;
/** Characters of either end of an error in the summary, which is what is left of a long log. */
const reasonPart = 600;
const reporter = fileURLToPath(new URL('./test-reporter.mjs', import.meta.url));

const options = process.argv.slice(2);
const isUnit = options.includes('--unit');
const isVerbose = options.includes('--verbose');
const texts = options.filter((option) => !option.startsWith('--'));
const unknown = options.find((option) => option.startsWith('--') && !['--unit', '--verbose'].includes(option));
if (unknown !== undefined) fail(`Unknown option ${unknown}; there are --unit and --verbose.`);

const write = (text) => process.stdout.write(`${text}\n`);
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const running = new Map();
const results = mkdtempSync(join(tmpdir(), 'cess-tests-'));
let finished = 0;
let total = 0;

/** Runs one test file in a process of its own; resolves with its results and its output. */
function runFile({ name, file }) {
  const destination = join(results, `${name.replaceAll('/', '_')}.jsonl`);
  const child = spawn(
    process.execPath,
    [`--test-reporter=${reporter}`, `--test-reporter-destination=${destination}`, file],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const keep = (chunk) => {
    output = (output + chunk).slice(-maxOutputBytes);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolve) => {
    let isHanging = false;
    const hang = setTimeout(() => {
      isHanging = true;
      child.kill('SIGKILL');
    }, hangMs);
    child.on('error', (error) => keep(String(error)));
    child.on('close', (code) => {
      clearTimeout(hang);
      const outcomes = readOutcomes(destination);
      if (code !== 0 && !outcomes.some(({ outcome }) => outcome === 'failed')) {
        const end = isHanging ? `hangs: stopped after ${seconds(hangMs)}` : `the process ended with code ${code}`;
        const warnings = outcomes.filter(({ outcome }) => outcome === 'warned').map(({ error }) => error);
        outcomes.push({ name, outcome: 'failed', error: [end, ...warnings].join('\n') });
      }
      resolve({ outcomes, output });
    });
  });
}

/** Empty when the file could not be loaded; its process then exits with an error. */
function readOutcomes(file) {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text));
}

async function runAndReport(test) {
  const started = Date.now();
  running.set(test.name, started);
  const { outcomes, output } = await runFile(test);
  running.delete(test.name);
  finished++;
  const count = (kind) => outcomes.filter(({ outcome }) => outcome === kind).length;
  const counts = { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
  for (const kind of Object.keys(totals)) totals[kind] += counts[kind];
  const text = Object.entries(counts).flatMap(([kind, n]) => (n > 0 ? [`${n} ${kind}`] : []));
  const mark = counts.failed > 0 ? 'FAIL' : 'ok  ';
  const position = `[${String(finished).padStart(String(total).length)}/${total}]`;
  write(`${position} ${mark} ${test.name}: ${text.join(', ') || 'no tests'} (${seconds(Date.now() - started)})`);
  for (const { name, reason } of outcomes.filter(({ outcome }) => outcome === 'skipped'))
    write(`      skipped: ${name}: ${reason}`);
  for (const failure of outcomes.filter(({ outcome }) => outcome === 'failed')) {
    failures.push({ ...failure, file: test.name });
    write(`\n  FAILED ${failure.name}\n${indent(failure.error)}\n`);
  }
  if ((isVerbose || counts.failed > 0) && output.trim() !== '') write(`  output of ${test.name}:\n${indent(output)}`);
}

/** The beginning and the end of an error in one line; empty for tests that did not run because their suite failed. */
function reasonOf({ error = '' }) {
  const text = error.trim().replaceAll(/\s*\n\s*/g, ' | ');
  if (text === '' || text.includes('was cancelled') || text.includes('subtests failed')) return '';
  const ends = text.length > 2 * reasonPart ? `${text.slice(0, reasonPart)} … ${text.slice(-reasonPart)}` : text;
  return `: ${ends}`;
}

function indent(text) {
  return text.trimEnd().replaceAll(/^/gm, '    ');
}

/** Runs the tests in their order, `concurrency` at once. */
async function runInTurn(tests, concurrency) {
  const queue = [...tests];
  const lane = async () => {
    for (let test = queue.shift(); test !== undefined; test = queue.shift()) await runAndReport(test);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

requireNode();
install({ development: true });
build({ tests: true });
const started = Date.now();
const check = spawnSync(process.execPath, [join(root, 'scripts', 'check.mjs')], { cwd: root, stdio: 'inherit' });
totals[check.status === 0 ? 'passed' : 'failed']++;
if (check.status !== 0) failures.push({ file: 'npm run check', name: 'see its messages above' });

const isSelected = ({ name }) => texts.length === 0 || texts.some((text) => name.includes(text));
const plan = testPlan(root);
const [inTurn, beside, packages] = [isUnit ? [] : plan.inTurn, isUnit ? [] : plan.beside, plan.packages].map((list) =>
  list.filter(isSelected),
);
total = inTurn.length + beside.length + packages.length;
if (total === 0) fail(`No test file matches ${texts.join(', ')}.`);
write(`\nRunning ${total} test files${isUnit ? ' of the packages' : ''}.`);
const reminder = setInterval(() => {
  const names = [...running].map(([name, since]) => `${name} (${seconds(Date.now() - since)})`);
  write(`      running for ${seconds(Date.now() - started)}: ${names.join(', ')}`);
}, reminderMs);
await Promise.all([runInTurn(inTurn, suitesAtOnce), runInTurn(beside, 1)]);
await runInTurn(packages, packageTestsAtOnce);
clearInterval(reminder);
rmSync(results, { recursive: true, force: true });

write(`\nTests took ${seconds(Date.now() - started)}.`);
for (const failure of failures) write(`FAILED ${failure.file}: ${failure.name}${reasonOf(failure)}`);
write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed === 0 ? 0 : 1);
