// docs/errors.md lists every error code with where it is raised. `node scripts/error-table.mjs` writes it; the check
// fails when the page and the code differ.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const page = 'docs/errors.md';
const layers = [
  'foundation',
  'protocol',
  'chain',
  'storage',
  'delivery',
  'rights',
  'ai',
  'roles',
  'interface',
  'devnet',
];

function* sources(folder) {
  let names = [];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names.sort()) {
    if (name === 'node_modules' || name === 'dist' || name === 'test-support') continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (name.endsWith('.ts') && !name.endsWith('.test.ts')) yield path;
  }
}

/** Code to the files that name it as a string literal in a raising position. */
function collect(root) {
  const codes = new Map();
  for (const layer of layers) {
    for (const file of sources(join(root, layer))) {
      const text = readFileSync(file, 'utf8');
      const raised = [
        ...text.matchAll(/new CessError(?:<[^>]*>)?\(\s*'([A-Z][A-Z0-9_]+)'/g),
        ...text.matchAll(/^\s*\|?\s*'([A-Z][A-Z0-9]*_[A-Z0-9_]+)'\s*;?$/gm),
        ...text.matchAll(/\? '([A-Z][A-Z0-9]*_[A-Z0-9_]+)' : '[A-Z][A-Z0-9_]+'/g),
        ...text.matchAll(/\? '[A-Z][A-Z0-9_]+' : '([A-Z][A-Z0-9]*_[A-Z0-9_]+)'/g),
        // Roles name their codes to what they share (PeerErrors, ServerNames of protocol/node-api).
        ...text.matchAll(/^\s*(?:stalled|unreachable|refused|badResponse|portInUse|listen): '([A-Z][A-Z0-9_]+)',$/gm),
      ];
      for (const [, code] of raised) {
        const room = relative(root, file).split('/src/')[0];
        codes.set(code, new Set([...(codes.get(code) ?? []), room]));
      }
    }
  }
  return [...codes].sort(([a], [b]) => (a < b ? -1 : 1));
}

function render(root) {
  const rows = collect(root).map(([code, rooms]) => `| \`${code}\` | ${[...rooms].sort().join(', ')} |`);
  return `# Errors\n\nEvery operational error carries a stable code. The message beside it says what to do next; this table says where a code\ncomes from. It is generated (\`node scripts/error-table.mjs\`) and checked against the code by \`npm run check\`.\nS3 clients see Amazon's codes instead (delivery/gateway/src/s3/errors.ts maps them), JSON-RPC clients see numbers.\n\n| code | raised in |\n|---|---|\n${rows.join('\n')}\n`;
}

export function checkErrorTable(root) {
  let written = '';
  try {
    written = readFileSync(join(root, page), 'utf8');
  } catch {
    return [`${page} is missing; run node scripts/error-table.mjs`];
  }
  return written === render(root) ? [] : [`${page} differs from the code; run node scripts/error-table.mjs`];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  writeFileSync(join(root, page), render(root));
}
