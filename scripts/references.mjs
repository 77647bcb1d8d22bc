// TypeScript builds the packages in the order of their project references. These follow from the dependencies in each
// package.json: `node scripts/references.mjs` writes them; `npm run check` fails when they differ.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workspacePackages } from './workspace.mjs';

/** The configuration files and the references that each must have. */
function expectedReferences(root) {
  const packages = workspacePackages(root);
  const folderOf = new Map(packages.map(({ name, folder }) => [name, folder]));
  const expected = new Map();
  const roots = { 'tsconfig.json': [], 'tsconfig.test.json': [] };
  for (const { folder, manifest } of packages) {
    const references = (...tables) =>
      [...new Set(tables.flatMap((table) => Object.keys(table ?? {})))]
        .filter((name) => folderOf.has(name))
        .map((name) => relative(folder, folderOf.get(name)))
        .sort();
    const testConfig = `${folder}/tsconfig.test.json`;
    if (existsSync(join(root, testConfig))) {
      expected.set(`${folder}/tsconfig.json`, references(manifest.dependencies));
      expected.set(testConfig, references(manifest.dependencies, manifest.devDependencies));
      roots['tsconfig.json'].push(folder);
      roots['tsconfig.test.json'].push(testConfig);
    } else {
      expected.set(`${folder}/tsconfig.json`, references(manifest.dependencies, manifest.devDependencies));
      roots['tsconfig.test.json'].push(folder);
    }
  }
  for (const [file, list] of Object.entries(roots)) expected.set(file, list);
  return expected;
}

/** One line for each configuration file whose references differ from the dependencies. */
export function checkReferences(root) {
  const problems = [];
  for (const [file, paths] of expectedReferences(root)) {
    const { references = [] } = JSON.parse(readFileSync(join(root, file), 'utf8'));
    if (references.map(({ path }) => path).join() !== paths.join())
      problems.push(`${file}: references differ from the dependencies; run node scripts/references.mjs`);
  }
  return problems;
}

function writeReferences(root) {
  for (const [file, paths] of expectedReferences(root)) {
    const path = join(root, file);
    const config = JSON.parse(readFileSync(path, 'utf8'));
    if ((config.references ?? []).map((reference) => reference.path).join() === paths.join()) continue;
    config.references = paths.map((to) => ({ path: to }));
    writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeReferences(dirname(dirname(fileURLToPath(import.meta.url))));
}
