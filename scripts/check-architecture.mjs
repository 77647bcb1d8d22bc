// The rules of the house (docs/architecture.md) as a check: imports point down, layers meet only at their faces, pure
// cores reach for no clock, randomness, timer or environment.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

const levels = {
  foundation: 0,
  protocol: 1,
  chain: 2,
  storage: 2,
  delivery: 2,
  rights: 2,
  ai: 2,
  interface: 3,
  devnet: 4,
};
/** Packages of one layer that other layers of the same level may import. */
const faces = new Set(['@cess/client']);
/** Subpaths besides a package's public face: suites that implementations run against themselves. */
const subpaths = /^@cess\/[a-z-]+\/compliance$/;
const pureCores = [
  'foundation/codec',
  'chain/state',
  'chain/primitives',
  'chain/runtime',
  'chain/consensus',
  'protocol/erasure',
  'protocol/proofs',
];
const pureBans = [
  [/\bDate\.now\b|\bnew Date\b|\bperformance\.now\b/, 'a clock'],
  [/\bMath\.random\b|\brandomBytes\b|\brandomInt\b|\bgetRandomValues\b/, 'randomness'],
  [/\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b/, 'a timer'],
  [/\bprocess\.env\b/, 'the environment'],
];
const environmentRooms = ['interface/cli', 'devnet', 'conformance', 'benchmarks'];

function* sources(folder) {
  for (const name of readdirSync(folder)) {
    if (name === 'node_modules' || name === 'dist') continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(name)) yield path;
  }
}

function packages(root) {
  const found = new Map();
  for (const layer of Object.keys(levels)) {
    const base = join(root, layer);
    let rooms = [];
    try {
      rooms = layer === 'devnet' ? [''] : readdirSync(base);
    } catch {
      continue;
    }
    for (const room of rooms) {
      const folder = join(base, room);
      try {
        const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
        const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }));
        found.set(manifest.name, { layer, folder, declared });
      } catch {
        // Not a package.
      }
    }
  }
  return found;
}

/** All violations, one line each. */
export function checkArchitecture(root) {
  const all = packages(root);
  const problems = [];
  for (const [name, { layer, folder, declared }] of all) {
    for (const file of sources(join(folder, 'src'))) {
      const where = relative(root, file);
      const text = readFileSync(file, 'utf8');
      const isTest = /\.test\.tsx?$|\/test-support\//.test(where);
      for (const [, target] of text.matchAll(/(?:from|import)\s*\(?\s*'(@cess\/[^']+)'/g)) {
        problems.push(...checkImport({ all, name, layer, declared, target, where, isTest }));
      }
      if (isTest) continue;
      if (pureCores.some((core) => where.startsWith(`${core}/`))) {
        for (const [pattern, what] of pureBans)
          if (pattern.test(stripComments(text))) problems.push(`${where}: a pure core uses ${what}`);
      }
      if (
        !environmentRooms.some((room) => where.startsWith(`${room}/`)) &&
        /\bprocess\.env\b/.test(stripComments(text))
      ) {
        problems.push(`${where}: process.env is read only in interface/cli and devnet`);
      }
    }
  }
  return problems;
}

function checkImport({ all, name, layer, declared, target, where, isTest }) {
  const owner = target.split('/').slice(0, 2).join('/');
  const to = all.get(owner);
  if (to === undefined) return [`${where}: imports unknown package ${target}`];
  const problems = [];
  if (target !== owner && !subpaths.test(target)) problems.push(`${where}: reaches inside ${owner} (${target})`);
  if (owner !== name && !declared.has(owner))
    problems.push(`${where}: imports ${owner}, which its package.json does not name`);
  if (isTest) return problems;
  if (levels[to.layer] > levels[layer]) problems.push(`${where}: ${layer} may not import ${to.layer} (${owner})`);
  if (levels[to.layer] === levels[layer] && to.layer !== layer && !faces.has(owner)) {
    problems.push(`${where}: ${layer} may import of ${to.layer} only its face, not ${owner}`);
  }
  return problems;
}

function stripComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
