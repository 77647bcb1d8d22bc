// The rules of docs/architecture.md as a check: imports point down, layers meet only at public APIs, no import circles,
// pure cores use no clock, randomness, timer or environment, package.json names exactly what the sources import.
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { layerLevels, sourceFiles, workspacePackages } from './workspace.mjs';

/** The chain packages that upper layers may import; they access everything else of the chain over RPC. */
const chainApi = new Set(['@cess/client', '@cess/object-receipt']);
const layersOverRpc = new Set(['storage', 'delivery', 'rights', 'ai']);
const pureCores = [
  'foundation/codec',
  'protocol/types',
  'protocol/erasure',
  'protocol/proofs',
  'chain/primitives',
  'chain/state',
  'chain/runtime',
  'chain/consensus',
  'delivery/access',
];
const pureBans = [
  [/\bDate\.now\b|\bnew Date\b|\bperformance\.now\b/, 'a clock'],
  [/\bMath\.random\b|\brandomBytes\b|\brandomInt\b|\bgetRandomValues\b/, 'randomness'],
  [/\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b/, 'a timer'],
  [/\bprocess\.env\b/, 'the environment'],
];
const environmentReaders = ['interface/cli', 'devnet', 'conformance', 'benchmarks'];
const isTest = (file) => /\.test\.tsx?$|\/test-support\//.test(file);

/** Every source file of the packages: its path, text without comments, owner and imports. */
function readSources(root, packages) {
  return packages.flatMap((owner) =>
    [...sourceFiles(join(root, owner.folder, 'src'))].map((path) => {
      const text = withoutComments(readFileSync(path, 'utf8'));
      return { path, file: relative(root, path), text, owner, imports: importsOf(text) };
    }),
  );
}

/** All violations, one line each. */
export function checkArchitecture(root) {
  const packages = workspacePackages(root);
  const byName = new Map(packages.map((entry) => [entry.name, entry]));
  const sources = readSources(root, packages);
  return [
    ...sources.flatMap((source) => checkImports(source, byName)),
    ...sources.filter(({ file }) => !isTest(file)).flatMap(checkPurity),
    ...checkDependencies(packages, sources),
    ...checkExamples(root),
    ...importCircles(sources).map((files) => `import circle: ${files.join(' -> ')}`),
  ];
}

function checkImports({ file, owner, imports }, byName) {
  const problems = [];
  for (const target of imports.filter((name) => name.startsWith('@cess/'))) {
    const name = target.split('/').slice(0, 2).join('/');
    const to = byName.get(name);
    if (to === undefined) {
      problems.push(`${file}: imports unknown package ${target}`);
      continue;
    }
    const subpath = `.${target.slice(name.length)}`;
    if (to.manifest.exports?.[subpath] === undefined) problems.push(`${file}: ${target} is not public in ${name}`);
    if (isTest(file) || name === owner.name) continue;
    if (layerLevels[to.layer] > layerLevels[owner.layer]) {
      problems.push(`${file}: ${owner.layer} may not import ${to.layer} (${name})`);
    } else if (layerLevels[to.layer] === layerLevels[owner.layer] && to.layer !== owner.layer) {
      problems.push(`${file}: ${owner.layer} and ${to.layer} stand side by side; neither imports the other (${name})`);
    } else if (to.layer === 'chain' && layersOverRpc.has(owner.layer) && !chainApi.has(name)) {
      problems.push(`${file}: ${owner.layer} may import of the chain only ${[...chainApi].join(', ')}, not ${name}`);
    }
  }
  return problems;
}

/** What examples may import besides the SDK; users have nothing else of this repository. */
const exampleTools = new Set(['esbuild', 'react']);

function checkExamples(root) {
  return [...sourceFiles(join(root, 'examples'), /\.(ts|tsx|mjs)$/)].flatMap((path) =>
    importsOf(withoutComments(readFileSync(path, 'utf8')))
      .filter((target) => !/^(node:|\.\.?\/|@cess\/sdk(\/|$))/.test(target) && !exampleTools.has(target))
      .map((target) => `${relative(root, path)}: an example imports @cess/sdk and its own files only, not ${target}`),
  );
}

function importsOf(text) {
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, target]) => target);
}

function checkPurity({ file, text }) {
  const problems = [];
  if (pureCores.some((core) => file.startsWith(`${core}/`))) {
    for (const [pattern, what] of pureBans) if (pattern.test(text)) problems.push(`${file}: a pure core uses ${what}`);
  }
  if (!environmentReaders.some((folder) => file.startsWith(`${folder}/`)) && /\bprocess\.env\b/.test(text)) {
    problems.push(`${file}: process.env is read only in ${environmentReaders.join(', ')}`);
  }
  return problems;
}

/** Packages imported but not declared, declared in the wrong table, or declared but not imported. */
function checkDependencies(packages, sources) {
  const problems = [];
  // A program may be run instead of imported.
  const programs = new Set(packages.filter(({ manifest }) => manifest.bin !== undefined).map(({ name }) => name));
  for (const { name, folder, layer, manifest } of packages) {
    const own = sources.filter(({ owner }) => owner.name === name);
    const imported = (files) =>
      new Set(files.flatMap(({ imports }) => imports.map((target) => target.split('/').slice(0, 2).join('/'))));
    const isSuite = layerLevels[layer] === layerLevels.conformance;
    const byProduct = imported(isSuite ? own : own.filter(({ file }) => !isTest(file)));
    const byTests = imported(own);
    const declared = Object.keys(manifest.dependencies ?? {}).filter((target) => target.startsWith('@cess/'));
    const forTests = Object.keys(manifest.devDependencies ?? {}).filter((target) => target.startsWith('@cess/'));
    const say = (text) => problems.push(`${folder}/package.json: ${text}`);
    // npm installs a package that is listed in both tables for development only.
    for (const target of Object.keys(manifest.dependencies ?? {}))
      if (manifest.devDependencies?.[target] !== undefined) say(`${target} is a dependency and a devDependency`);
    // `npm start` builds without devDependencies.
    for (const target of Object.keys(manifest.devDependencies ?? {})) {
      const typed = target.replace(/^@types\//, '');
      if (typed !== target && manifest.dependencies?.[typed] !== undefined)
        say(`${target} belongs into the dependencies of the root`);
    }
    if (!isSuite) {
      for (const target of new Set(
        own.filter(({ file }) => !isTest(file)).flatMap(({ text }) => externalImports(text)),
      ))
        if (manifest.dependencies?.[target] === undefined) say(`dependencies lack ${target}`);
    }
    for (const target of byTests) {
      if (!target.startsWith('@cess/') || target === name) continue;
      if (byProduct.has(target) && !declared.includes(target)) say(`dependencies lack ${target}`);
      else if (!declared.includes(target) && !forTests.includes(target)) say(`devDependencies lack ${target}`);
    }
    for (const target of declared)
      if (!byProduct.has(target) && !programs.has(target)) say(`no source imports the dependency ${target}`);
    for (const target of forTests) if (!byTests.has(target)) say(`no test imports the dependency ${target}`);
  }
  return problems;
}

/** Names of the registry's packages that a source imports at its top. */
function externalImports(text) {
  return [...text.matchAll(/^(?:(?:import|export)\b.*?|\}) from '([^']+)';$/gm)]
    .map(([, target]) => target)
    .filter((target) => !/^[.#]|^node:|^@cess\//.test(target))
    .map((target) =>
      target
        .split('/')
        .slice(0, target.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}

/** One circle of files for each group of files that import each other, type imports included. */
function importCircles(sources) {
  const known = new Set(sources.map(({ path }) => path));
  const edges = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports
        .filter((target) => target.startsWith('.'))
        .map((target) => resolve(dirname(path), target.replace(/\.js$/, '.ts')))
        .filter((target) => known.has(target)),
    ]),
  );
  const fileOf = new Map(sources.map(({ path, file }) => [path, file]));
  const done = new Set();
  const circles = [];
  const visit = (path, trail) => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      circles.push([...trail.slice(start), path].map((step) => fileOf.get(step)));
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return circles;
}

function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
