// Rules about product code that are visible in its text:
// - a failure is never swallowed: no empty `catch` block and no `.catch` that does nothing. A promise whose failure reaches
//   its handler by another path is marked with `handledElsewhere` of @cess/primitives; all other failures are logged;
// - a read of a table is bounded: what collects entries into an array states a limit, and no limit is infinite.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { sourceFiles, workspacePackages } from './workspace.mjs';

const isTest = (file) => /\.test\.tsx?$|\/test-support\/|\/compliance\.ts$/.test(file);
const suites = new Set(['conformance', 'benchmarks']);

const rules = [
  [
    /\bcatch\s*(\([^)]*\)\s*)?\{\s*\}/g,
    'an empty catch block; handle the failure, or log it and say why it is harmless',
  ],
  [
    /\.catch\(\s*\(\w*\)\s*=>\s*(\{\s*\}|undefined|null)\s*\)/g,
    'a catch that does nothing; log the failure, or use handledElsewhere(promise) if another path handles it',
  ],
  [
    /\blimit\w*\s*:\s*(Number\.(MAX_SAFE_INTEGER|MAX_VALUE|POSITIVE_INFINITY)|Infinity)\b/gi,
    'a limit without a limit; read the table in pages',
  ],
  [
    /\.(list|read|scan|entries|keys|range)\w*\([^()]*(Number\.(MAX_SAFE_INTEGER|MAX_VALUE|POSITIVE_INFINITY)|\bInfinity)\b/g,
    'a read without a limit; read the table in pages',
  ],
  [
    /(\[\s*\.\.\.|Array\.from\(\s*)[\w.#]*\b(kv|view|store)\.entries\((?![^;]*?\blimit\b)[^;]*?\)/gi,
    'a whole table in one array; state a limit where it is read, or iterate',
  ],
  [
    /(\[\s*\.\.\.|Array\.from\(\s*)[\w.#]*\bindex\.outbox\(/g,
    'the whole outbox in one array; iterate, or use listOutbox',
  ],
];

/** All violations, one line each. */
export function checkSource(root) {
  return workspacePackages(root)
    .filter(({ layer }) => !suites.has(layer))
    .flatMap(({ folder }) => [...sourceFiles(join(root, folder, 'src'))])
    .map((path) => relative(root, path))
    .filter((file) => !isTest(file))
    .flatMap((file) => problemsOf(file, readFileSync(join(root, file), 'utf8')));
}

function problemsOf(file, text) {
  return rules.flatMap(([pattern, what]) =>
    [...text.matchAll(pattern)].map(({ index }) => `${file}:${text.slice(0, index).split('\n').length}: ${what}`),
  );
}
