// The workspace: which packages exist, in which layer, and which of each other they depend on.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Layers from the bottom up. A package imports packages of its own layer or of layers with a lower level. */
export const layerLevels = {
  foundation: 0,
  protocol: 1,
  chain: 2,
  storage: 3,
  delivery: 3,
  rights: 3,
  ai: 3,
  simulation: 3,
  roles: 4,
  interface: 5,
  devnet: 6,
  conformance: 7,
  benchmarks: 7,
};

/** Every package: `{ name, layer, folder, manifest }`, `folder` relative to the root, sorted by layer and name. */
export function workspacePackages(root) {
  const found = [];
  for (const layer of Object.keys(layerLevels)) {
    const base = join(root, layer);
    if (!existsSync(base)) continue;
    const folders = existsSync(join(base, 'package.json'))
      ? [layer]
      : readdirSync(base)
          .sort()
          .map((name) => `${layer}/${name}`);
    for (const folder of folders) {
      const file = join(root, folder, 'package.json');
      if (!existsSync(file)) continue;
      const manifest = JSON.parse(readFileSync(file, 'utf8'));
      found.push({ name: manifest.name, layer, folder, manifest });
    }
  }
  return found;
}

/** The TypeScript and script files under a folder, without build output and installed packages. */
export function* sourceFiles(folder, extension = /\.(ts|tsx|mts)$/) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder).sort()) {
    if (name === 'node_modules' || name === 'dist' || name === 'dist-test') continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* sourceFiles(path, extension);
    else if (extension.test(name)) yield path;
  }
}
