// The linters that `npm run check` runs, each as a function from a folder to problems. oxlint and knip use the
// configurations of this repository for every folder, so that tests can lint samples; Biome reads the folder's own.
//   biome     format, style, non-null assertions (biome.json)
//   oxlint    promises that nobody awaits; needs types, so packages must be built (.oxlintrc.json)
//   knip      exports and files that nobody uses (knip.json)
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceFiles, workspacePackages } from './workspace.mjs';

const repository = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a linter. Returns its standard output; throws when the linter itself fails. */
function lint(root, script, args, { findings }) {
  const env = { ...process.env, OXLINT_TSGOLINT_PATH: program('.bin', 'tsgolint') };
  const options = { cwd: root, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 };
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [script, ...args], options);
  if (error !== undefined) throw error;
  if (status !== 0 && status !== findings) throw new Error(`${script} failed with ${status}:\n${stdout}${stderr}`);
  return { isClean: status === 0, stdout, stderr };
}

const program = (name, file) => join(repository, 'node_modules', name, file);

/** Findings of Biome as one text, with the excerpts and differences that it prints. */
export function biomeProblems(root) {
  const args = ['ci', '--error-on-warnings', '--colors=off', '.'];
  const { isClean, stdout, stderr } = lint(root, program('@biomejs/biome', 'bin/biome'), args, { findings: 1 });
  return isClean ? [] : [`${stdout}${stderr}`];
}

/** Promises that are neither awaited nor returned nor marked `void`, and async callbacks whose promise is discarded. */
export function promiseProblems(root) {
  const config = join(repository, '.oxlintrc.json');
  const args = ['--type-aware', '--format=json', '--ignore-pattern=**/node_modules/**', '--config', config, '.'];
  const { stdout } = lint(root, program('oxlint', 'bin/oxlint'), args, { findings: 1 });
  return JSON.parse(stdout).diagnostics.map(({ message, filename, labels }) => {
    const line = labels[0]?.span.line;
    return `${filename}${line === undefined ? '' : `:${line}`}: ${message}`;
  });
}

/**
 * Exports and files that nobody uses. A symbol that only its own file uses needs no `export`; one that a package exports
 * must be imported by another package or a test. Exempt are
 * - types at a public entry: they name what the signatures there take and return;
 * - symbols with the tag `@public` and a reason: users of the package need them, though nothing here does;
 * - what knip.json lists under ignoreIssues: programs load it by its path (errors.ts, the test reporter, the CLI's main).
 */
export function exportProblems(root) {
  const config = join(repository, 'knip.json');
  const args = ['--config', config, '--directory', root, '--reporter=json', '--no-progress', '--no-config-hints'];
  const { stdout } = lint(root, program('knip', 'bin/knip.js'), args, { findings: 1 });
  const { issues } = JSON.parse(stdout);
  const faces = publicEntries(root);
  const namedByFaces = new Set(
    issues.flatMap(({ file, types }) => (faces.has(file) ? types.map(({ name }) => `${packageOf(file)} ${name}`) : [])),
  );
  const reported = issues.flatMap((issue) => {
    const { file, files = [], exports = [], nsExports = [], nsTypes = [], enumMembers = [] } = issue;
    const types = (issue.types ?? []).filter(({ name }) => !namedByFaces.has(`${packageOf(file)} ${name}`));
    const unused = [...exports, ...types, ...nsExports, ...nsTypes, ...enumMembers.flat()];
    return [
      ...files.map(() => `${file}: no file imports this file`),
      ...unused.map(({ name, line }) => `${file}:${line}: no other file imports ${name}; do not export it`),
    ];
  });
  return [...reported, ...publicWithoutReason(root)];
}

/** `@public` tags without a reason. */
function publicWithoutReason(root) {
  return workspacePackages(root)
    .flatMap(({ folder }) => [...sourceFiles(join(root, folder, 'src'))])
    .flatMap((path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          /@public\s*(\*\/)?\s*$/.test(line) ? [`${relative(root, path)}:${index + 1}: @public states no reason`] : [],
        ),
    );
}

const packageOf = (file) => file.replace(/\/src\/.*$/, '');

/** Sources of what package.json of each package exports, relative to the root. */
function publicEntries(root) {
  const entries = new Set();
  for (const { folder, manifest } of workspacePackages(root)) {
    const targets = JSON.stringify(manifest.exports ?? {}).match(/dist\/[^"]*?(?=\.js|\.d\.ts)/g) ?? [];
    for (const target of targets) entries.add(`${folder}/${target.replace('dist/', 'src/')}.ts`);
  }
  return entries;
}
