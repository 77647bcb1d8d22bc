// The test files and how they are scheduled on two processors.
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { sourceFiles, workspacePackages } from './workspace.mjs';

/** Suites that wait for deadlines most of the time: they run one after another, beside all others. */
const waitingSuites = ['audit-cheating', 'lifecycle'];
/**
 * Suites of more than half a minute, started first. Those without audits lead: tagging and repair run in threads of low
 * priority, which are slow under that load.
 */
const longSuites = [
  's3-clients',
  's3-conformance',
  's3-linearizability',
  'fleet',
  'provider-loss',
  'crash',
  'readme-tour',
  'roles',
  'audit-repair',
  'audit-crash',
  's3-under-repair',
  'processes',
  'chaos',
  'power-cuts',
  'leaving',
  'hostile-clients',
];

/** Compiled test files of a folder by the path of their source, relative to the root. */
function compiledTests(root, folder, output) {
  const sources = [...sourceFiles(join(root, folder, 'src'))].filter((file) => /\.test\.ts$/.test(file));
  return sources.map((source) => {
    const name = relative(join(root, folder, 'src'), source).replace(/\.ts$/, '');
    const file = join(root, folder, output, `${name}.js`);
    if (!existsSync(file)) throw new Error(`${file} is missing; run npm run build`);
    return { name: `${folder}/${name.replace(/\.test$/, '')}`, file };
  });
}

/** Three lists: suites in their order, suites that run beside them, and tests of the packages. */
export function testPlan(root) {
  const suites = new Map(compiledTests(root, 'conformance', 'dist').map((test) => [test.name, test]));
  const take = (name) => {
    const test = suites.get(`conformance/${name}`);
    if (test === undefined) throw new Error(`there is no suite "${name}": correct the lists in scripts/test-files.mjs`);
    suites.delete(test.name);
    return test;
  };
  const beside = waitingSuites.map(take);
  const inTurn = [...longSuites.map(take), ...suites.values()];
  const packages = workspacePackages(root)
    .filter(({ folder }) => existsSync(join(root, folder, 'tsconfig.test.json')))
    .flatMap(({ folder }) => compiledTests(root, folder, 'dist-test'));
  return { inTurn, beside, packages };
}
