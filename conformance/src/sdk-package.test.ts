// IFACE-1: the published package of the SDK: it installs in an empty folder, the example of its README runs, its types check with and without
// the types of browsers, every export is documented, and bundles are small.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { repository, TestNetwork } from './support/network.js';

const run = promisify(execFile);
const maxChainAndLightBytes = 150_000;
const maxStorageBytes = 150_000;

describe('the package of the SDK', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-sdk-package-'));
  const project = join(folder, 'project');
  const installed = join(project, 'node_modules/@cess/sdk');
  let exported: Readonly<Record<string, { readonly types: string }>>;

  before(async () => {
    const { stdout } = await run(process.execPath, [join(repository, 'scripts/pack-sdk.mjs'), folder]);
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{"name":"empty","private":true,"type":"module"}');
    // Offline: the package needs nothing else.
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', stdout.trim()], { cwd: project });
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      readonly exports: typeof exported;
    };
    exported = manifest.exports;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const specifiers = () => Object.keys(exported).map((subpath) => `@cess/sdk${subpath.slice(1)}`);

  it('IFACE-1: the example of its README runs against a network', async () => {
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(installed, 'README.md'), 'utf8')) ?? [];
    assert.ok(example.trim().split('\n').length <= 12, 'the example is short');
    writeFileSync(join(project, 'example.mjs'), example);
    const network = await TestNetwork.create();
    try {
      await network.start();
      const { endpoint, accessKeyId, secretAccessKey } = network.credentials;
      const env = {
        ...process.env,
        CESS_ENDPOINT: endpoint,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      };
      const { stdout } = await run(process.execPath, ['example.mjs'], { cwd: project, env });
      assert.match(stdout, /^hello \w+/);
    } finally {
      await network.destroy();
    }
  });

  it('IFACE-1: its types check under strict, with the types of browsers alone and with those of Node.js alone', async () => {
    const names = specifiers().map(
      (specifier, index) => `import * as g${index} from '${specifier}';\nexport { g${index} };`,
    );
    writeFileSync(join(project, 'all.ts'), names.join('\n'));
    const strict = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--skipLibCheck',
      'false',
    ];
    const modules = ['--target', 'es2022', '--module', 'nodenext'];
    const typesOfNode = ['--types', 'node', '--typeRoots', join(repository, 'node_modules/@types')];
    const lib = 'es2023,dom,dom.iterable,dom.asynciterable';
    const tsc = join(repository, 'node_modules/typescript/bin/tsc');
    for (const platform of [
      ['--lib', lib, '--types', ''],
      ['--lib', 'es2023', ...typesOfNode],
    ]) {
      const checking = run(process.execPath, [tsc, ...strict, ...modules, ...platform, 'all.ts'], { cwd: project });
      await assert.doesNotReject(checking);
    }
    writeFileSync(
      join(project, 'wrong.ts'),
      "import { putObject } from '@cess/sdk/storage';\nvoid putObject('no client');\n",
    );
    await assert.rejects(
      run(process.execPath, [tsc, ...strict, ...modules, '--lib', lib, '--types', '', 'wrong.ts'], { cwd: project }),
    );
  });

  it('IFACE-1: every export says what it is', async () => {
    const silent: string[] = [];
    for (const [subpath, { types }] of Object.entries(exported)) {
      for (const [name, file] of exportsOf(join(installed, types))) {
        if (!isDocumented(readFileSync(file, 'utf8'), name)) silent.push(`${subpath} ${name}`);
      }
    }
    assert.deepEqual(silent, []);
  });

  it('IFACE-1: a page that only stores and reads objects loads no WebAssembly, so that its policy need not allow it', async () => {
    const hasWebAssembly = async (subpath: string) => {
      const specifier = JSON.stringify(`@cess/sdk/${subpath}`);
      const code = await bundleOf(`export * from ${specifier};`, project);
      return Buffer.from(code).includes('WebAssembly');
    };
    assert.equal(await hasWebAssembly('light'), true, 'the search works');
    for (const subpath of ['storage', 'account', 'admin']) assert.equal(await hasWebAssembly(subpath), false, subpath);
  });

  it('IFACE-1: chain and light client fit 150 kB gzip in a browser, storage 150 kB more', async () => {
    const both = "export * from '@cess/sdk/chain'; export * as light from '@cess/sdk/light';";
    const first = await gzipBytesOf(both, project);
    const all = await gzipBytesOf(`${both} export * as storage from '@cess/sdk/storage';`, project);
    console.log(`chain and light ${first} bytes gzip, with storage ${all}`);
    assert.ok(first <= maxChainAndLightBytes, `${first} bytes`);
    assert.ok(all - first <= maxStorageBytes, `${all - first} bytes`);
  });
});

/** The minified bundle of a module of the project, for browsers. */
async function bundleOf(source: string, folder: string): Promise<Uint8Array> {
  const stdin = { contents: source, resolveDir: folder };
  const options = { bundle: true, minify: true, format: 'esm', platform: 'browser', write: false } as const;
  const { outputFiles } = await build({ stdin, ...options });
  return outputFiles[0]?.contents ?? new Uint8Array(0);
}

async function gzipBytesOf(source: string, folder: string): Promise<number> {
  return gzipSync(await bundleOf(source, folder)).length;
}

/** Exported names of a declaration file, each with the file that declares it. */
function exportsOf(file: string): (readonly [string, string])[] {
  const text = readFileSync(file, 'utf8');
  const from = (specifier: string) => resolve(dirname(file), specifier.replace(/\.js$/, '.d.ts'));
  const named = [...text.matchAll(/export (?:type )?\{([^}]*)\}(?: from ['"]([^'"]+)['"])?/g)].flatMap(
    ([, list = '', specifier]) =>
      list
        .split(',')
        .map((part) => part.trim().replace(/^type /, ''))
        .filter((part) => part !== '')
        .flatMap((part) => {
          const [inner = '', outer = inner] = part.split(' as ');
          if (specifier === undefined) return [[outer, file] as const];
          const found = exportsOf(from(specifier)).find(([name]) => name === inner);
          return [[outer, found?.[1] ?? from(specifier)] as const];
        }),
  );
  const starred = [...text.matchAll(/export \* from ['"]([^'"]+)['"]/g)].flatMap(([, specifier = '']) =>
    exportsOf(from(specifier)),
  );
  const declared = [
    ...text.matchAll(/^export (?:declare )?(?:abstract )?(?:async )?(?:function|class|const|interface|type) (\w+)/gm),
  ];
  return [...named, ...starred, ...declared.map(([, name = '']) => [name, file] as const)];
}

/** A comment stands before the declaration, or opens the file that declares nothing else. */
function isDocumented(text: string, name: string): boolean {
  return new RegExp(`\\*/\\s*(?:export )?(?:declare )?(?:function|class|const|interface|type) ${name}\\b`).test(text);
}
