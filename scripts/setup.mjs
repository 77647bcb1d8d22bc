// Installs what is missing and builds. Uses only Node's own modules: it runs before anything is installed.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workspacePackages } from './workspace.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'node_modules', '.cess-install.json');

/** Runs a command in the repository; its output goes to this terminal. Exits with its code when it fails. */
function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error !== undefined) fail(`${command} could not be started: ${result.error.message}`);
  if (result.status !== 0) process.exit(result.status ?? 1);
}

export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Fails with advice on a Node that is too old. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`CESS needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
  }
}

/** Installs the packages of the lock file unless they are there. `development` adds what tests and checks need. */
export function install({ development }) {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, 'utf8')) : {};
  if (stamp.lock === lock && (stamp.development === true || !development)) return;
  process.stdout.write(`Installing packages${development ? ' (with those for tests)' : ''} …\n`);
  const started = Date.now();
  const omit = development ? [] : ['--omit=dev'];
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...omit]);
  writeFileSync(stampFile, JSON.stringify({ lock, development }));
  process.stdout.write(`Installed in ${Math.round((Date.now() - started) / 1000)} s.\n`);
}

/** Compiles what changed. `tests` adds tests, conformance suites and benchmarks. */
export function build({ tests }) {
  const started = Date.now();
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  run(process.execPath, [compiler, '-b', 'tsconfig.json']);
  if (tests) run(process.execPath, [compiler, '-b', 'tsconfig.test.json']);
  removeStaleOutput();
  run(process.execPath, [join(root, 'interface', 'console', 'scripts', 'build-web.mjs')]);
  process.stdout.write(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s.\n`);
}

/** Removes compiled files whose source was moved or deleted, so that nothing runs them. */
function removeStaleOutput() {
  for (const { folder } of workspacePackages(root)) {
    const hasTestBuild = existsSync(join(root, folder, 'tsconfig.test.json'));
    for (const output of ['dist', 'dist-test']) {
      const base = join(root, folder, output);
      for (const file of filesUnder(base)) {
        const source = join(root, folder, 'src', relative(base, file).replace(/\.(d\.ts|js)(\.map)?$/, '.ts'));
        const isForTests = output === 'dist' && hasTestBuild && /(\.test\.ts$)|(\/test-support\/)/.test(source);
        if (isForTests || !(existsSync(source) || existsSync(`${source}x`))) rmSync(file);
      }
    }
  }
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(d\.ts|js)(\.map)?$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
