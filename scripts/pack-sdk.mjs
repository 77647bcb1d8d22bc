// Makes the published package of the SDK: `node scripts/pack-sdk.mjs <folder>` writes cess-sdk-<version>.tgz there and prints its path. The
// packages of this workspace and what they depend on are bundled, once for Node.js and once for browsers, so that the package has no
// dependencies. Types are the declarations of the packages, with their imports made relative.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { workspacePackages } from './workspace.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sdk = join(root, 'interface/sdk');
/** CommonJS packages in the bundle for Node.js call it. */
const requireForNode = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
const onlyInNode = new Set(['./node']);

const { version, description, license, exports } = JSON.parse(readFileSync(join(sdk, 'package.json'), 'utf8'));
const byName = new Map(workspacePackages(root).map((entry) => [entry.name, entry]));
const nameOf = (subpath) => (subpath === '.' ? 'index' : subpath.slice(2));

async function bundle(platform, folder) {
  const subpaths = Object.keys(exports).filter((subpath) => platform === 'node' || !onlyInNode.has(subpath));
  await build({
    entryPoints: Object.fromEntries(subpaths.map((subpath) => [nameOf(subpath), join(sdk, exports[subpath].default)])),
    outdir: join(folder, platform),
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform,
    legalComments: 'linked',
    logLevel: 'error',
    ...(platform === 'node' ? { banner: { js: requireForNode } } : {}),
  });
}

/** The declaration file that a module specifier of this workspace names. */
function declarationOf(specifier) {
  const name = specifier.split('/').slice(0, 2).join('/');
  const { folder, manifest } = byName.get(name);
  return join(root, folder, manifest.exports[`.${specifier.slice(name.length)}`].types);
}

/** The declaration file that a specifier means in another one; undefined for packages of others. */
function importedFrom(file, specifier) {
  if (specifier.startsWith('@cess/')) return declarationOf(specifier);
  if (specifier.startsWith('.')) return resolve(dirname(file), specifier.replace(/\.js$/, '.d.ts'));
  if (!specifier.startsWith('#')) return undefined;
  const [layer, name] = relative(root, file).split('/');
  const { imports } = JSON.parse(readFileSync(join(root, layer, name, 'package.json'), 'utf8'));
  return join(root, layer, name, imports[specifier].default.replace(/\.js$/, '.d.ts'));
}

/** Copies a declaration file and all that it imports; returns where it is in the package. */
function copyTypes(file, folder, copied) {
  const target = join(folder, 'types', relative(root, file).replace(/\/dist\//, '/'));
  if (copied.has(file)) return target;
  copied.add(file);
  const text = readFileSync(file, 'utf8')
    .replace(/\/\/# sourceMappingURL=.*\n?/, '')
    .replace(/(from |import\(|import |declare module )(?:'|")([^'"]+)(?:'|")/g, (whole, before, specifier) => {
      if (specifier.startsWith('node:')) return whole;
      const imported = importedFrom(file, specifier);
      if (imported === undefined)
        throw new Error(`${file} names the types of ${specifier}, which the package does not have`);
      const path = relative(dirname(target), copyTypes(imported, folder, copied)).replace(/\.d\.ts$/, '.js');
      return `${before}'${path.startsWith('.') ? path : `./${path}`}'`;
    });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
  return target;
}

/** Writes the package into an empty folder. */
export async function writeSdkPackage(folder) {
  await bundle('node', folder);
  await bundle('browser', folder);
  const copied = new Set();
  const published = Object.entries(exports).map(([subpath, { types }]) => {
    const declarations = `./${relative(folder, copyTypes(join(sdk, types), folder, copied))}`;
    const file = `${nameOf(subpath)}.js`;
    const browser = onlyInNode.has(subpath) ? {} : { browser: `./browser/${file}` };
    return [subpath, { types: declarations, ...browser, default: `./node/${file}` }];
  });
  const manifest = {
    ...{ name: '@cess/sdk', version, description, license },
    type: 'module',
    engines: { node: '>=20.19' },
    sideEffects: true,
    exports: Object.fromEntries(published),
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const [from, to] of [
    [join(sdk, 'README.md'), 'README.md'],
    [join(root, 'LICENSE'), 'LICENSE'],
  ])
    copyFileSync(from, join(folder, to));
  return [...copied];
}

/** Path of the tarball in `folder`. */
export async function packSdk(folder) {
  const staging = mkdtempSync(join(tmpdir(), 'cess-sdk-'));
  try {
    await writeSdkPackage(staging);
    const npm = spawnSync('npm', ['pack', '--silent', '--pack-destination', resolve(folder)], {
      cwd: staging,
      encoding: 'utf8',
    });
    if (npm.status !== 0) throw new Error(npm.stderr);
    return join(resolve(folder), npm.stdout.trim());
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await packSdk(process.argv[2] ?? '.'));
