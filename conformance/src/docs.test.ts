// Prose against code: constants named in docs/protocol/data-path.md have their value in the code, every page and section
// that code or prose refers to exists, and what the docs must not say they do not say.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { durabilityQuorum } from '@cess/data-path';
import { maxClockSkewSeconds, maxHoldingEntries, maxJsonBodyBytes } from '@cess/node-api';
import * as sealing from '@cess/sealing';
import * as types from '@cess/types';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

function* files(folder: string, extension: RegExp): Generator<string> {
  for (const name of readdirSync(folder).sort()) {
    if (name === 'node_modules' || name === 'dist' || name.startsWith('.')) continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path, extension);
    else if (extension.test(name)) yield relative(root, path);
  }
}

/** The value that a source file gives to a constant that its package does not export. */
function constantIn(path: string, name: string): number {
  const match = new RegExp(`\\b${name}\\b(?:: [A-Za-z]+)? = ([0-9_* ]+);`).exec(read(path));
  assert.ok(match !== null, `${path} gives no plain value to ${name}`);
  return match[1]!
    .split('*')
    .map((factor) => Number(factor.trim().replaceAll('_', '')))
    .reduce((a, b) => a * b, 1);
}

const layout = /defaultRedundancy: RedundancyClass = \{ k: (\d+), n: (\d+) \}/.exec(
  read('delivery/data-path/src/stream-layout.ts'),
)!;
const fileBank = 'chain/runtime/src/pallets/file-bank/declaration.ts';
const valuesInCode: Readonly<Record<string, number>> = {
  frameSizeBytes: sealing.frameSizeBytes,
  frameTagSizeBytes: sealing.frameTagSizeBytes,
  framePlaintextSizeBytes: sealing.framePlaintextSizeBytes,
  segmentSizeBytes: types.segmentSizeBytes,
  shardSizeBytes: types.shardSizeBytes,
  maxFragments: types.maxFragments,
  fragmentBlockSizeBytes: sealing.fragmentBlockSizeBytes,
  defaultDataFragments: Number(layout[1]),
  defaultFragments: Number(layout[2]),
  durabilityQuorum: durabilityQuorum(Number(layout[1]), Number(layout[2])),
  maxInlineBytes: constantIn('storage/fragment-store/src/log-record.ts', 'maxInlineBytes'),
  retentionSeconds: constantIn('storage/provider/src/config.ts', 'defaultRetentionSeconds'),
  maxClockSkewSeconds,
  maxJsonBodyBytes,
  maxHoldingEntries,
  maxBatchFiles: constantIn(fileBank, 'MAX_FILES'),
  maxSegments: constantIn(fileBank, 'MAX_SEGMENTS'),
  maxAttestations: constantIn(fileBank, 'MAX_ATTESTATIONS'),
  attestationBlocks: constantIn(fileBank, 'MAX_ATTESTATION_BLOCKS'),
  deletionsPerBlock: constantIn(fileBank, 'DELETIONS_PER_BLOCK'),
};

test('the table of constants in data-path.md is that of the code', () => {
  const rows = [...read('docs/protocol/data-path.md').matchAll(/^\| `(\w+)` \| (\d+) \|/gm)];
  assert.deepEqual(Object.fromEntries(rows.map(([, name, value]) => [name!, Number(value)])), valuesInCode);
});

test('every page and section that the code refers to exists', () => {
  const missing: string[] = [];
  let references = 0;
  for (const file of files(root, /\.(ts|mjs)$/)) {
    for (const [, page, section] of read(file).matchAll(/(docs\/[\w/-]+\.md)(?: §(\d+))?/g)) {
      references++;
      if (!existsSync(join(root, page!))) missing.push(`${file}: ${page}`);
      else if (section !== undefined && !new RegExp(`^## §${section} `, 'm').test(read(page!)))
        missing.push(`${file}: ${page} §${section}`);
    }
  }
  assert.deepEqual(missing, []);
  assert.ok(references > 20, 'the pattern still finds references');
});

test('every package is in the table of docs/architecture.md, and the table names no other', () => {
  const listed = [...read('docs/architecture.md').matchAll(/^\| `([\w/-]+)` \|/gm)].map(([, folder]) => folder!);
  const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] };
  const folders = workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const layer = pattern.slice(0, -2);
    if (!existsSync(join(root, layer))) return [];
    return readdirSync(join(root, layer))
      .filter((name) => existsSync(join(root, layer, name, 'package.json')))
      .map((name) => `${layer}/${name}`);
  });
  assert.deepEqual(listed.sort(), folders.sort());
});

test('flags and variables of the network in the operations page are those of the configuration', () => {
  const inDocs = new Set(
    [...read('docs/operations/embedded-network.md').matchAll(/\| `(--[\w-]+)` \| `(CESS_\w+)` \| `([^`]*)` \|/g)].map(
      ([, flag, variable, value]) => `${flag} ${variable} ${value}`,
    ),
  );
  const source = read('devnet/src/config.ts');
  const flags = [...source.matchAll(/^ {2}(\w+): \[\s*'(CESS_\w+)'/gm)];
  assert.ok(flags.length >= 5);
  const inCode = flags.map(([, name, variable]) => {
    const value = new RegExp(`const defaults[^}]*\\b${name}: ([^\\n]+),\\n`).exec(source)![1]!;
    const flag = name!.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return `--${flag} ${variable} ${value.replaceAll("'", '')}`;
  });
  assert.deepEqual([...inDocs].sort(), inCode.sort());
});

test('every rule of protocol/r2s.md is cited by a test, and tests cite no other', () => {
  const idsIn = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, id]) => id!);
  const rules = new Set(idsIn(read('docs/protocol/r2s.md'), /\*\*(RS-\d+\.\d+)\*\*/g));
  const tests = [...files(join(root, 'chain'), /\.test\.ts$/), 'conformance/src/r2s-vectors.test.ts'];
  const cited = new Set(tests.flatMap((path) => idsIn(read(path), /\b(RS-\d+\.\d+)\b/g)));
  assert.ok(rules.size > 40);
  assert.deepEqual([...cited].sort(), [...rules].sort());
});
