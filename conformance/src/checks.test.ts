// Every rule of `npm run check` reports an offending sample and accepts a clean one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadCheck, manifest, problemsIn, repositoryFile, type Tree } from './support/check-scripts.js';

interface Rule {
  /** The rule as a sentence. */
  readonly rule: string;
  /** Files that both samples have. */
  readonly base?: Tree;
  readonly offending: Tree;
  readonly clean: Tree;
  /** What the problem must say; the offending sample has exactly one. */
  readonly problem: RegExp;
}

function describeRules(script: string, name: string, rules: readonly Rule[]): void {
  describe(`npm run check: ${name}`, () => {
    for (const { rule, base = {}, offending, clean, problem } of rules)
      it(rule, async () => {
        const check = await loadCheck(script, name);
        const found = await problemsIn(check, { ...base, ...offending });
        assert.equal(found.length, 1, found.join('\n'));
        assert.match(found[0] ?? '', problem);
        assert.deepEqual(await problemsIn(check, { ...base, ...clean }), []);
      });
  });
}

const source = (folder: string, text: string): Tree => ({ [`${folder}/src/index.ts`]: text });
const packageAt = (folder: string, name: string, more: object = {}): Tree => ({
  [`${folder}/package.json`]: manifest(name, more),
});
/** Built from parts, so that the checks of this repository see no import here. */
const useOf = (name: string, from: string, as: string): string =>
  `import { ${name} } from '${from}';\nexport const ${as} = ${name};\n`;
const dependsOn = (name: string): object => ({ dependencies: { [name]: '0.1.0' } });

const product = 'foundation/a/src/a.ts';
const biomeConfig: Tree = { 'biome.json': repositoryFile('biome.json'), '.gitignore': 'dist/\n' };
const tsconfig = { compilerOptions: { strict: true, target: 'ES2022', module: 'NodeNext' } };

describeRules('linters.mjs', 'biomeProblems', [
  {
    rule: 'a non-null assertion in product code is reported, in tests it is not',
    base: biomeConfig,
    offending: { [product]: 'export const first = (items: readonly string[]): string => items[0]!;\n' },
    clean: {
      [product]: "export const first = (items: readonly string[]): string => items[0] ?? '';\n",
      'foundation/a/src/a.test.ts': 'export const first = (items: readonly string[]): string => items[0]!;\n',
    },
    problem: /noNonNullAssertion/,
  },
  {
    rule: 'the type any is reported',
    base: biomeConfig,
    offending: { [product]: 'export const parse = (text: string): any => JSON.parse(text);\n' },
    clean: { [product]: 'export const parse = (text: string): unknown => JSON.parse(text);\n' },
    problem: /noExplicitAny/,
  },
  {
    rule: 'a file in another format is reported',
    base: biomeConfig,
    offending: { [product]: 'export const one = "1"\n' },
    clean: { [product]: "export const one = '1';\n" },
    problem: /format/,
  },
]);

describeRules('linters.mjs', 'promiseProblems', [
  {
    rule: 'a promise that nobody awaits is reported, a test of node:test is not',
    base: { 'tsconfig.json': tsconfig, 'b.ts': 'export async function work(): Promise<void> {}\n' },
    offending: { 'a.ts': "import { work } from './b.js';\nwork();\n" },
    clean: {
      'a.ts': "import { work } from './b.js';\nawait work();\n",
      'a.test.ts': "import { it } from 'node:test';\nit('works', async () => {});\n",
    },
    problem: /a\.ts:2: Promises must be awaited/,
  },
  {
    rule: 'an async callback whose promise nobody sees is reported',
    base: { 'tsconfig.json': tsconfig },
    offending: { 'a.ts': 'export const run = (items: number[]) => items.forEach(async () => {});\n' },
    clean: { 'a.ts': 'export const run = (items: number[]) => Promise.all(items.map(async () => {}));\n' },
    problem: /a\.ts:1: Promise returned/,
  },
]);

const workspace: Tree = {
  'package.json': { name: 'sample', private: true, workspaces: ['foundation/*'] },
  ...packageAt('foundation/a', '@cess/a'),
  'foundation/a/tsconfig.json': { compilerOptions: { outDir: 'dist', rootDir: 'src' }, include: ['src'] },
};
const inner = "import { used } from './inner.js';\n\nexport type Face = typeof used;\n";

describeRules('linters.mjs', 'exportProblems', [
  {
    rule: 'an export that no other file imports is reported',
    base: { ...workspace, ...source('foundation/a', inner) },
    offending: { 'foundation/a/src/inner.ts': 'export const used = 1;\nexport const unused = 2;\n' },
    clean: { 'foundation/a/src/inner.ts': 'export const used = 1;\n' },
    problem: /inner\.ts:2: no other file imports unused/,
  },
  {
    rule: 'a public export that no other package imports is reported, unless its reason stands in a @public tag',
    base: workspace,
    offending: source('foundation/a', 'export const unused = 1;\n'),
    clean: source('foundation/a', '/** @public Programs that embed a node call it. */\nexport const unused = 1;\n'),
    problem: /index\.ts:1: no other file imports unused/,
  },
  {
    rule: 'a @public tag without a reason is reported',
    base: workspace,
    offending: source('foundation/a', '/** @public */\nexport const unused = 1;\n'),
    clean: source('foundation/a', '/** @public Programs that embed a node call it. */\nexport const unused = 1;\n'),
    problem: /index\.ts:1: @public states no reason/,
  },
  {
    rule: 'a file that nobody imports is reported',
    base: { ...workspace, ...source('foundation/a', 'export type Face = number;\n') },
    offending: { 'foundation/a/src/lost.ts': 'export {};\n' },
    clean: {},
    problem: /lost\.ts: no file imports this file/,
  },
]);

const inPackage = { ...packageAt('foundation/a', '@cess/a') };

describeRules('check-source.mjs', 'checkSource', [
  {
    rule: 'an empty catch block is reported',
    base: inPackage,
    offending: { [product]: 'try {\n  run();\n} catch {}\n' },
    clean: { [product]: "try {\n  run();\n} catch (error) {\n  logger.warn({ error }, 'the run failed');\n}\n" },
    problem: /a\.ts:3: an empty catch block/,
  },
  {
    rule: 'a failure that is swallowed with .catch is reported',
    base: inPackage,
    offending: { [product]: 'run().catch(() => {});\n' },
    clean: { [product]: 'handledElsewhere(run());\n' },
    problem: /a\.ts:1: a catch that does nothing/,
  },
  {
    rule: 'a failure that becomes undefined is reported',
    base: inPackage,
    offending: { [product]: 'const found = await read().catch(() => undefined);\n' },
    clean: { [product]: 'const found = await read().catch(undefinedIfMissing);\n' },
    problem: /a\.ts:1: a catch that does nothing/,
  },
  {
    rule: 'an infinite limit is reported',
    base: inPackage,
    offending: { [product]: 'const page = { limit: Number.MAX_SAFE_INTEGER };\n' },
    clean: { [product]: 'const page = { limit: 1000 };\n' },
    problem: /a\.ts:1: a limit without a limit/,
  },
  {
    rule: 'a listing of everything is reported',
    base: inPackage,
    offending: { [product]: 'const rows = index.listOutbox(Number.MAX_SAFE_INTEGER);\n' },
    clean: { [product]: 'const rows = index.listOutbox(1000);\n' },
    problem: /a\.ts:1: a read without a limit/,
  },
  {
    rule: 'a whole table in one array is reported',
    base: inPackage,
    offending: { [product]: 'const rows = [...this.kv.entries(range)];\n' },
    clean: { [product]: 'const rows = [...this.kv.entries({ ...range, limit: 1000 })];\n' },
    problem: /a\.ts:1: a whole table in one array/,
  },
]);

describeRules('check-architecture.mjs', 'checkArchitecture', [
  {
    rule: 'an import of a higher layer is reported',
    offending: {
      ...packageAt('foundation/a', '@cess/a', dependsOn('@cess/b')),
      ...packageAt('protocol/b', '@cess/b'),
      ...source('foundation/a', useOf('b', '@cess/b', 'a')),
    },
    clean: {
      ...packageAt('foundation/a', '@cess/a'),
      ...packageAt('protocol/b', '@cess/b', dependsOn('@cess/a')),
      ...source('protocol/b', useOf('a', '@cess/a', 'b')),
    },
    problem: /foundation may not import protocol/,
  },
  {
    rule: 'an import between storage and delivery is reported',
    base: { ...packageAt('storage/s', '@cess/s'), ...packageAt('delivery/c', '@cess/c') },
    offending: {
      ...packageAt('delivery/d', '@cess/d', dependsOn('@cess/s')),
      ...source('delivery/d', useOf('s', '@cess/s', 'd')),
    },
    clean: {
      ...packageAt('delivery/d', '@cess/d', dependsOn('@cess/c')),
      ...source('delivery/d', useOf('c', '@cess/c', 'd')),
    },
    problem: /delivery\/d\/src\/index\.ts: delivery and storage/,
  },
  {
    rule: 'an import of the chain other than its client is reported in layers above it',
    base: { ...packageAt('chain/state', '@cess/state'), ...packageAt('chain/client', '@cess/client') },
    offending: {
      ...packageAt('storage/s', '@cess/s', dependsOn('@cess/state')),
      ...source('storage/s', useOf('state', '@cess/state', 's')),
    },
    clean: {
      ...packageAt('storage/s', '@cess/s', dependsOn('@cess/client')),
      ...source('storage/s', useOf('client', '@cess/client', 's')),
    },
    problem: /may import of the chain only @cess\/client/,
  },
  {
    rule: 'an import of an inner file of another package is reported',
    base: packageAt('foundation/a', '@cess/a'),
    offending: {
      ...packageAt('foundation/b', '@cess/b', dependsOn('@cess/a')),
      ...source('foundation/b', useOf('a', '@cess/a/inner', 'b')),
    },
    clean: {
      ...packageAt('foundation/b', '@cess/b', dependsOn('@cess/a')),
      ...source('foundation/b', useOf('a', '@cess/a', 'b')),
    },
    problem: /@cess\/a\/inner is not public/,
  },
  {
    rule: 'a dependency that package.json does not name is reported',
    base: {
      ...packageAt('foundation/a', '@cess/a'),
      ...source('foundation/b', useOf('a', '@cess/a', 'b')),
    },
    offending: packageAt('foundation/b', '@cess/b'),
    clean: packageAt('foundation/b', '@cess/b', dependsOn('@cess/a')),
    problem: /dependencies lack @cess\/a/,
  },
  {
    rule: 'a dependency that no source imports is reported',
    base: { ...packageAt('foundation/a', '@cess/a'), ...source('foundation/b', 'export const b = 1;\n') },
    offending: packageAt('foundation/b', '@cess/b', dependsOn('@cess/a')),
    clean: packageAt('foundation/b', '@cess/b'),
    problem: /no source imports the dependency @cess\/a/,
  },
  {
    rule: 'a package of the registry that the product imports is a dependency, not only one for development',
    base: source('foundation/b', "import { z } from 'zod';\nexport const b = z;\n"),
    offending: packageAt('foundation/b', '@cess/b', { devDependencies: { zod: '4.6.7' } }),
    clean: packageAt('foundation/b', '@cess/b', { dependencies: { zod: '4.6.7' } }),
    problem: /dependencies lack zod/,
  },
  {
    rule: 'a package in both tables of dependencies is reported: npm installs it for development only',
    base: source('foundation/b', "import { z } from 'zod';\nexport const b = z;\n"),
    offending: packageAt('foundation/b', '@cess/b', {
      dependencies: { zod: '4.6.7' },
      devDependencies: { zod: '4.6.7' },
    }),
    clean: packageAt('foundation/b', '@cess/b', { dependencies: { zod: '4.6.7' } }),
    problem: /zod is a dependency and a devDependency/,
  },
  {
    rule: 'a circle of imports is reported, also one of types alone',
    base: { ...inPackage, 'foundation/a/src/b.ts': "import type { A } from './a.js';\nexport type B = A;\n" },
    offending: { [product]: "import type { B } from './b.js';\nexport type A = B | undefined;\n" },
    clean: { [product]: 'export type A = number;\n' },
    problem: /import circle: .*a\.ts -> .*b\.ts -> .*a\.ts/,
  },
  ...[
    { what: 'a clock', expression: 'Date.now()' },
    { what: 'randomness', expression: 'Math.random()' },
    { what: 'a timer', expression: 'setTimeout(run, 1)' },
  ].map(({ what, expression }) => ({
    rule: `${what} in a pure core is reported, elsewhere it is not`,
    offending: {
      ...packageAt('foundation/codec', '@cess/codec'),
      ...source('foundation/codec', `export const value = ${expression};\n`),
    },
    clean: { ...inPackage, ...source('foundation/a', `export const value = ${expression};\n`) },
    problem: new RegExp(`a pure core uses ${what}`),
  })),
  {
    rule: 'the environment is read only by programs',
    offending: { ...inPackage, ...source('foundation/a', 'export const home = process.env.HOME;\n') },
    clean: {
      ...packageAt('interface/cli', '@cess/cli'),
      ...source('interface/cli', 'export const home = process.env.HOME;\n'),
    },
    problem: /process\.env is read only in/,
  },
  {
    rule: 'an example that imports more than the SDK is reported',
    base: packageAt('foundation/a', '@cess/a'),
    offending: { 'examples/page/main.ts': useOf('a', '@cess/a', 'b') },
    clean: { 'examples/page/main.ts': useOf('a', '@cess/sdk/storage', 'b') },
    problem: /examples\/page\/main\.ts: an example imports @cess\/sdk and its own files only, not @cess\/a/,
  },
]);

const runtime = 'chain/runtime/src';

describeRules('check-pallets.mjs', 'checkPallets', [
  {
    rule: 'a pallet that imports another pallet is reported',
    base: { [`${runtime}/pallets/b/index.ts`]: 'export const b = 1;\n' },
    offending: { [`${runtime}/pallets/a/calls.ts`]: "import { b } from '../b/index.js';\nexport const a = b;\n" },
    clean: { [`${runtime}/pallets/a/calls.ts`]: "import type { Needs } from './needs.js';\nexport type A = Needs;\n" },
    problem: /pallets\/a\/calls\.ts: imports pallets\/b\/index\.ts of another pallet/,
  },
  {
    rule: 'an import of an inner file of a pallet is reported',
    offending: {
      [`${runtime}/construct.ts`]: "import { calls } from './pallets/a/calls.js';\nexport const a = calls;\n",
    },
    clean: {
      [`${runtime}/construct.ts`]: "import { pallet } from './pallets/a/index.js';\nexport const a = pallet;\n",
    },
    problem: /only index\.ts and declaration\.ts of a pallet are public/,
  },
  {
    rule: 'a declaration that imports logic is reported',
    offending: {
      [`${runtime}/pallets/a/declaration.ts`]: "import { calls } from './calls.js';\nexport const a = calls;\n",
    },
    clean: { [`${runtime}/pallets/a/declaration.ts`]: useOf('u32', '@cess/codec', 'a') },
    problem: /declarations are data and import no logic/,
  },
]);

describeRules('references.mjs', 'checkReferences', [
  {
    rule: 'project references that differ from the dependencies are reported',
    base: {
      'tsconfig.json': { references: [] },
      'tsconfig.test.json': { references: [{ path: 'foundation/a' }, { path: 'foundation/b' }] },
      ...packageAt('foundation/a', '@cess/a'),
      ...packageAt('foundation/b', '@cess/b', dependsOn('@cess/a')),
      'foundation/a/tsconfig.json': { references: [] },
    },
    offending: { 'foundation/b/tsconfig.json': { references: [] } },
    clean: { 'foundation/b/tsconfig.json': { references: [{ path: '../a' }] } },
    problem: /foundation\/b\/tsconfig\.json: references differ/,
  },
]);

// Built from parts, so that the checks of this repository find no broken references here.
const page = ['docs', 'page.md'].join('/');
const unknownRequirement = ['STORE', 99].join('-');

describeRules('check-docs.mjs', 'checkDocs', [
  {
    rule: 'a requirement number that docs/requirements.md does not define is reported',
    base: { 'docs/requirements.md': '**STORE-1** Objects are stored.\n' },
    offending: { [page]: `This page covers ${unknownRequirement}.\n` },
    clean: { [page]: 'This page covers STORE-1.\n' },
    problem: new RegExp(`page\\.md: ${unknownRequirement} is not a requirement`),
  },
  {
    rule: 'a page that does not exist is reported where source code names it',
    base: { 'docs/requirements.md': '**STORE-1** Objects are stored.\n' },
    offending: { [product]: `// See docs/${'missing'}.md.\n` },
    clean: { [product]: '// See docs/requirements.md.\n' },
    problem: /a\.ts: docs.missing\.md does not exist/,
  },
  {
    rule: 'a link that leads nowhere is reported',
    base: { 'docs/requirements.md': '**STORE-1** Objects are stored.\n' },
    offending: { [page]: 'See [the other](other.md).\n' },
    clean: { [page]: 'See [the requirements](requirements.md).\n' },
    problem: /page\.md: the link to other\.md leads nowhere/,
  },
]);

const declaration = (meaning: string): string =>
  `export const errors = { BROKEN: { meaning: '${meaning}', remedy: 'Repair it.', retryable: false } };\n`;
const errorBase: Tree = {
  'package.json': { name: 'sample', private: true, type: 'module', workspaces: ['foundation/*'] },
  ...inPackage,
  'foundation/a/src/errors.ts': declaration('It is broken.'),
  'foundation/a/dist/errors.js': declaration('It is broken.'),
};
const raising = { 'foundation/a/src/raise.ts': "throw new CessError('BROKEN', 'It is broken.');\n" };

describe('npm run check: checkSdkReference', () => {
  // A page of a sample, which the checks of references shall not look for.
  const pages = 'docs/sdk';
  const sdk = (declaration: string): Tree => ({
    ...packageAt('interface/sdk', '@cess/sdk'),
    'interface/sdk/src/index.ts': '// @cess/sdk: what all share.\n',
    'interface/sdk/dist/index.d.ts': declaration,
  });
  const documented = sdk('/** Adds one. */\nexport declare function next(value: number): number;\n');

  it('an export without a docstring is reported, also one of another file', async () => {
    const check = await loadCheck('sdk-reference.mjs', 'checkSdkReference');
    const silent = sdk("export { next } from './next.js';\n");
    const tree = {
      ...silent,
      'interface/sdk/dist/next.d.ts': 'export declare function next(value: number): number;\n',
    };
    assert.match((await problemsIn(check, tree)).join('\n'), /@cess\/sdk: next has no docstring/);
    assert.doesNotMatch((await problemsIn(check, documented)).join('\n'), /docstring/);
  });

  it('a page that differs from the declarations is reported, and one without a subpath', async () => {
    const check = await loadCheck('sdk-reference.mjs', 'checkSdkReference');
    const found = await problemsIn(check, { ...documented, [`${pages}/old.md`]: '# Old\n' });
    assert.deepEqual(
      found.map((text) => text.split(' ')[0]),
      [`${pages}/old.md`, `${pages}/sdk.md`],
    );
  });
});

describe('npm run check: checkErrorTable', () => {
  const page = 'docs/errors.md';
  const render = async (tree: Tree): Promise<string> => {
    const text = await loadCheck('error-table.mjs', 'renderErrorTable');
    return (await problemsIn(text, tree)).join('');
  };

  it('a table that differs from the declarations is reported', async () => {
    const check = await loadCheck('error-table.mjs', 'checkErrorTable');
    const table = await render(errorBase);
    assert.match(table, /\| `BROKEN` \| It is broken\. \|/);
    const tree = { ...errorBase, ...raising };
    assert.deepEqual(await problemsIn(check, { ...tree, [page]: table }), []);
    const [problem = '', ...more] = await problemsIn(check, { ...tree, [page]: table.replace('broken', 'fine') });
    assert.match(problem, /docs\/errors\.md differs from the declarations/);
    assert.deepEqual(more, []);
  });

  it('a code that nothing raises is reported', async () => {
    const check = await loadCheck('error-table.mjs', 'checkErrorTable');
    const table = await render(errorBase);
    const [problem = '', ...more] = await problemsIn(check, { ...errorBase, [page]: table });
    assert.match(problem, /nothing raises BROKEN/);
    assert.deepEqual(more, []);
  });
});
