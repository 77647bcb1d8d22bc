// npm run release -- 1.2.3: makes the commit and the tag of a release. It sets the version of all packages, gives the changes of
// CHANGELOG.md their heading, runs the check, commits and tags. It pushes nothing: the workflow of the tag publishes.
// `--dry-run` says what it would change.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, root as ownRoot } from './setup.mjs';
import { workspacePackages } from './workspace.mjs';

const versionPattern = /^(\d+)\.(\d+)\.(\d+)$/;
const versionSource = 'foundation/primitives/src/version.ts';
const dependencyFields = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

/** -1, 0 or 1, as the versions compare. */
function compareVersions(a, b) {
  const [left, right] = [a, b].map((text) => versionPattern.exec(text).slice(1).map(Number));
  for (let i = 0; i < 3; i++) if (left[i] !== right[i]) return left[i] < right[i] ? -1 : 1;
  return 0;
}

/**
 * The files of a release as `[path, text]`, none of them written. `date`: YYYY-MM-DD. Throws where the version does not follow
 * the present one, and where CHANGELOG.md has no changes.
 */
export function releaseFiles(root, { version, date }) {
  const text = (path) => readFileSync(join(root, path), 'utf8');
  const current = JSON.parse(text('package.json')).version;
  if (!versionPattern.test(version)) throw new Error(`"${version}" is no version of the form 1.2.3.`);
  if (compareVersions(version, current) <= 0) throw new Error(`${version} does not follow ${current}.`);
  const packages = workspacePackages(root);
  const own = new Set(packages.map(({ name }) => name));
  const paths = ['package.json', ...packages.map(({ folder }) => `${folder}/package.json`)];
  const manifests = paths.map((path) => [
    path,
    `${JSON.stringify(withVersion(JSON.parse(text(path)), { own, version }), null, 2)}\n`,
  ]);
  const lock = JSON.parse(text('package-lock.json'));
  lock.version = version;
  for (const folder of ['', ...packages.map((each) => each.folder)]) {
    if (lock.packages[folder] !== undefined)
      lock.packages[folder] = withVersion(lock.packages[folder], { own, version });
  }
  return [
    ...manifests,
    ['package-lock.json', `${JSON.stringify(lock, null, 2)}\n`],
    [versionSource, replaced(text(versionSource), `'${current}'`, `'${version}'`)],
    ['CHANGELOG.md', withHeading(text('CHANGELOG.md'), `## ${version} (${date})`)],
  ];
}

/** The manifest with this version, and with this version of every own package that it depends on. */
function withVersion(manifest, { own, version }) {
  const changed = { ...manifest, version };
  for (const field of dependencyFields) {
    if (manifest[field] === undefined) continue;
    changed[field] = Object.fromEntries(
      Object.entries(manifest[field]).map(([name, range]) => [name, own.has(name) ? version : range]),
    );
  }
  return changed;
}

function replaced(text, from, to) {
  if (!text.includes(from)) throw new Error(`${versionSource} does not contain ${from}.`);
  return text.replace(from, to);
}

function withHeading(changelog, heading) {
  const [before, after] = changelog.split('## Unreleased\n');
  if (after === undefined || after.trim() === '' || after.trimStart().startsWith('## '))
    throw new Error('CHANGELOG.md has no changes under "Unreleased".');
  return `${before}## Unreleased\n\n${heading}\n${after}`;
}

function run(command, args) {
  const { status, stdout } = spawnSync(command, args, {
    cwd: ownRoot,
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  if (status !== 0) fail(`${command} ${args.join(' ')} failed.`);
  return stdout.trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = process.argv.slice(2);
  const version = options.find((option) => !option.startsWith('--'));
  if (version === undefined) fail('Usage: npm run release -- 1.2.3 [--dry-run]');
  let files;
  try {
    files = releaseFiles(ownRoot, { version, date: new Date().toISOString().slice(0, 10) });
  } catch (error) {
    fail(error.message);
  }
  if (options.includes('--dry-run')) {
    const changed = files.filter(([path, text]) => readFileSync(join(ownRoot, path), 'utf8') !== text);
    process.stdout.write(`${changed.map(([path]) => path).join('\n')}\nNothing is written.\n`);
  } else {
    if (run('git', ['status', '--porcelain']) !== '') fail('Commit or discard your changes first.');
    if (run('git', ['rev-parse', '--abbrev-ref', 'HEAD']) !== 'main') fail('Releases are made from the branch main.');
    for (const [path, text] of files) writeFileSync(join(ownRoot, path), text);
    run('npm', ['run', 'check']);
    run('git', ['commit', '--quiet', '--all', '--message', `release: ${version}`]);
    run('git', ['tag', '--annotate', `v${version}`, '--message', `CESS ${version}`]);
    process.stdout.write(`v${version} is tagged. Publish it with: git push --follow-tags\n`);
  }
}
