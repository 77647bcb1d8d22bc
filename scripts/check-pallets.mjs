// Pallets of the runtime meet only through their `Needs`: no file of one imports a file of another, the rest of the
// runtime imports only index.ts (logic) and declaration.ts (data), and declarations import no logic.
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { sourceFiles } from './workspace.mjs';

const publicFiles = new Set(['index.ts', 'declaration.ts']);
/** What declarations may import, in addition to packages and other data files of their own folder. */
const dataFiles = new Set([
  'frame/declaration.ts',
  'frame/storage.ts',
  'frame/assemble.ts',
  'block-limits.ts',
  'hold-reasons.ts',
  'state-deposit.ts',
]);
const ownDataFiles = new Set(['declaration.ts', 'types.ts']);
const dataPackages = new Set(['@cess/codec', '@cess/primitives', '@cess/chain-primitives']);
const isTest = (file) => /\.test\.ts$|(^|\/)test-support\//.test(file);

/** Files and imports of the runtime's sources, relative to `source`. */
function readImports(source) {
  return [...sourceFiles(source)].map((path) => {
    const text = readFileSync(path, 'utf8');
    const targets = [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)';/gms)].map(([, target]) =>
      target.startsWith('.') ? relative(source, resolve(dirname(path), target)).replace(/\.js$/, '.ts') : target,
    );
    return { file: relative(source, path), targets };
  });
}

/** The pallet that a file belongs to, and its name there; undefined outside of all pallets. */
function placeOf(file) {
  const [, pallet, name] = /^pallets\/([^/]+)\/(.+)$/.exec(file) ?? [];
  return pallet === undefined ? undefined : { pallet, name };
}

function problemOf(file, target) {
  const from = placeOf(file);
  const to = placeOf(target);
  if (to !== undefined && from !== undefined && from.pallet !== to.pallet)
    return `imports ${target} of another pallet; put what it needs into needs.ts and wire it in construct.ts`;
  if (to !== undefined && from === undefined && !publicFiles.has(to.name))
    return `imports ${target}; only index.ts and declaration.ts of a pallet are public`;
  if (from === undefined || !ownDataFiles.has(from.name)) return undefined;
  const isData = dataPackages.has(target) || dataFiles.has(target) || (to !== undefined && ownDataFiles.has(to.name));
  return isData ? undefined : `imports ${target}; declarations are data and import no logic`;
}

/** All violations, one line each. */
export function checkPallets(root) {
  const source = join(root, 'chain/runtime/src');
  return readImports(source)
    .filter(({ file }) => !isTest(file))
    .flatMap(({ file, targets }) =>
      targets.flatMap((target) => {
        const problem = problemOf(file, target);
        return problem === undefined ? [] : [`chain/runtime/src/${file}: ${problem}`];
      }),
    );
}
