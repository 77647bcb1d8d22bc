// What surrounds the code: releases, workflows, the container image, licences, the documentation as a site.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { repository } from './support/network.js';

const run = promisify(execFile);
const text = (path: string): string => readFileSync(join(repository, path), 'utf8');
const json = (path: string): Manifest => JSON.parse(text(path)) as Manifest;

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

type ReleaseFiles = (root: string, init: { version: string; date: string }) => readonly (readonly [string, string])[];

describe('a release', async () => {
  const { releaseFiles } = (await import(new URL('../../scripts/release.mjs', import.meta.url).href)) as {
    releaseFiles: ReleaseFiles;
  };
  const files = new Map(releaseFiles(repository, { version: '9.8.7', date: '2026-11-29' }));
  const manifest = (path: string) => JSON.parse(files.get(path) ?? '') as Manifest;

  it('gives every package, the lock file and the code its version', () => {
    assert.equal(manifest('package.json').version, '9.8.7');
    const gateway = manifest('delivery/gateway/package.json');
    assert.equal(gateway.version, '9.8.7');
    const [own, foreign] = ['@cess/primitives', 'zod'].map((name) => gateway.dependencies?.[name]);
    assert.equal(own, '9.8.7');
    assert.equal(foreign, json('delivery/gateway/package.json').dependencies?.['zod']);
    const lock = JSON.parse(files.get('package-lock.json') ?? '') as { packages: Record<string, Manifest> };
    assert.equal(lock.packages['']?.version, '9.8.7');
    assert.deepEqual(lock.packages['delivery/gateway']?.dependencies, gateway.dependencies);
    assert.match(files.get('foundation/primitives/src/version.ts') ?? '', /cessVersion = '9\.8\.7'/);
    const current = json('package.json').version;
    for (const [path, content] of files)
      if (path.endsWith('package.json')) assert.ok(!content.includes(`"@cess/primitives": "${current}"`), path);
  });

  it('gives the changes their heading, and leaves room for the next ones', () => {
    assert.match(files.get('CHANGELOG.md') ?? '', /## Unreleased\n\n## 9\.8\.7 \(2026-11-29\)\n\n- /);
  });

  it('refuses a version that does not follow, and what is none', () => {
    const current = json('package.json').version;
    for (const version of [current, '0.0.1', '1.2', 'v1.2.3'])
      assert.throws(() => releaseFiles(repository, { version, date: '2026-11-29' }), /does not follow|no version/);
  });
});

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>;
}

describe('recipes', () => {
  const scripts = json('package.json').scripts ?? {};
  const folder = '.github/workflows';

  for (const name of readdirSync(join(repository, folder)))
    it(`the workflow ${name} calls commands that exist`, () => {
      const { jobs } = parse(text(`${folder}/${name}`)) as Workflow;
      const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run: command }) => command ?? []));
      assert.ok(commands.length > 0);
      for (const command of commands) {
        for (const [, script = ''] of command.matchAll(/npm run (?:--silent )?([\w:]+)/g))
          assert.ok(script in scripts, script);
        if (command.startsWith('.ci/')) assert.ok(existsSync(join(repository, command)), command);
      }
    });

  for (const name of readdirSync(join(repository, '.github/ISSUE_TEMPLATE')))
    it(`the issue template ${name} can be read`, () => {
      assert.ok(Object.keys(parse(text(`.github/ISSUE_TEMPLATE/${name}`)) as object).length > 0);
    });

  it('the container image runs files that exist', () => {
    const files = [...text('Dockerfile').matchAll(/node ((?:scripts|interface)\/\S+)/g)].map(([, file = '']) => file);
    assert.equal(files.length, 2);
    for (const file of files) assert.ok(existsSync(join(repository, file)), file);
  });
});

describe('benchmarks', () => {
  it('every one is offered by npm run bench', () => {
    const offered = text('scripts/bench.mjs');
    const files = readdirSync(join(repository, 'benchmarks/src')).filter((name) => name.endsWith('.ts'));
    assert.ok(files.length > 10);
    for (const file of files) assert.ok(offered.includes(`'${file.slice(0, -3)}'`), file);
  });
});

interface Bom {
  readonly components: readonly {
    readonly name: string;
    readonly licenses?: readonly { readonly license?: { readonly id?: string }; readonly expression?: string }[];
  }[];
}

describe('licences', () => {
  const permissive = new Set([
    '0BSD',
    'Apache-2.0',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'BlueOak-1.0.0',
    'ISC',
    'MIT',
    'Unlicense',
  ]);

  it('every package that a user installs has a permissive licence', async () => {
    const { stdout } = await run('npm', ['run', '--silent', 'sbom'], { cwd: repository, maxBuffer: 64 * 2 ** 20 });
    const { components } = JSON.parse(stdout) as Bom;
    assert.ok(components.length > 100, 'the list is not empty');
    const others = components.filter(({ licenses = [] }) => {
      const ids = licenses.flatMap(({ license, expression }) => (license?.id ?? expression ?? '').split(' OR '));
      return !ids.some((id) => permissive.has(id.replace(/[()]/g, '')));
    });
    assert.deepEqual(others, []);
  });
});

describe('the documentation as a site', () => {
  it('builds, every link in it leads to a page, and every page can be found from the sidebar', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cess-docs-'));
    try {
      const vitepress = join(repository, 'node_modules/vitepress/bin/vitepress.js');
      await run(process.execPath, [vitepress, 'build', 'docs', '--outDir', folder], { cwd: repository });
      const start = readFileSync(join(folder, 'index.html'), 'utf8');
      assert.match(start, /Five minutes with real clients/);
      const pages = readdirSync(join(folder, 'docs'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.html'))
        .map((name) => `/docs/${name.replace(/\.html$/, '')}`);
      assert.ok(pages.length > 80);
      const missing = pages.filter((page) => !start.includes(`href="${page}"`));
      assert.deepEqual(missing, []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
