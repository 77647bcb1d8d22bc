// npm test: installs, builds, checks, and runs all tests two files at a time: those beside the code, then the
// conformance suites, many of which wait more than they compute. Ends with one line: N passed, N failed, N skipped.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, requireNode, root } from './setup.mjs';

const layers = ['foundation', 'protocol', 'chain', 'storage', 'delivery', 'interface', 'devnet'];

function* testFiles(folder) {
  for (const name of readdirSync(folder).sort()) {
    if (name === 'node_modules' || name === 'src') continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* testFiles(path);
    else if (name.endsWith('.test.js')) yield path;
  }
}

function runTests(title, files, concurrency, totals) {
  if (files.length === 0) return;
  process.stdout.write(`\n== ${title} (${files.length} files)\n`);
  const folder = mkdtempSync(join(tmpdir(), 'cess-test-'));
  const tap = join(folder, 'result.tap');
  const reporters = [
    // Nothing takes that long; what hangs fails.
    '--test-timeout=1200000',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${tap}`,
  ];
  const result = spawnSync(process.execPath, ['--test', `--test-concurrency=${concurrency}`, ...reporters, ...files], {
    cwd: root,
    stdio: 'inherit',
  });
  const text = readFileSync(tap, 'utf8');
  rmSync(folder, { recursive: true, force: true });
  const count = (name) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  totals.passed += count('pass');
  totals.failed += count('fail') + count('cancelled');
  totals.skipped += count('skipped');
  if (result.status !== 0 && count('fail') + count('cancelled') === 0) totals.failed += 1;
}

requireNode();
install({ development: true });
build({ tests: true });
const check = spawnSync(process.execPath, [join(root, 'scripts', 'check.mjs')], { cwd: root, stdio: 'inherit' });
const totals = { passed: check.status === 0 ? 1 : 0, failed: check.status === 0 ? 0 : 1, skipped: 0 };
const pattern = process.argv[2];
const selected = (file) => pattern === undefined || file.includes(pattern);
runTests('units', layers.flatMap((layer) => [...testFiles(join(root, layer))]).filter(selected), 2, totals);
runTests('conformance', [...testFiles(join(root, 'conformance'))].filter(selected), 2, totals);
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exit(totals.failed === 0 && totals.passed > 1 ? 0 : 1);
