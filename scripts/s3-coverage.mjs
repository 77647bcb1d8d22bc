// docs/operations/s3-coverage.md shows which S3 operation and documented error code has how many cases in conformance/src/s3.
// `node scripts/s3-coverage.mjs` generates it from the compiled cases (build first); `npm run check` compiles them, and fails
// when the page is out of date, or when a documented code has neither a case nor a reason.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const page = 'docs/operations/s3-coverage.md';
const intro = `# What the S3 suite covers

\`conformance/src/s3\` runs each case against the real program, over plain HTTP and with a signer of its own. This page is
generated from the cases (\`node scripts/s3-coverage.mjs\`), and \`npm run check\` holds it current. The documented codes are in
\`conformance/src/s3/documented-errors.ts\`. A number is a number of cases. A documented code without a case has the reason.
Operations that have only NotImplemented are not offered.
`;

async function load(root) {
  const folder = join(root, 'conformance', 'dist', 's3');
  const [{ allCases }, { documentedErrors, reasons }] = await Promise.all(
    ['all-cases.js', 'documented-errors.js'].map((name) => import(pathToFileURL(join(folder, name)).href)),
  );
  return { allCases, documentedErrors, reasons };
}

/** Number of cases by operation and by code (or status, of an outcome without a code). */
function countCases(allCases) {
  const counts = new Map();
  for (const { operation, outcome } of allCases) {
    const [status, code = status] = outcome.split(' ');
    const own = counts.get(operation) ?? new Map();
    own.set(code, (own.get(code) ?? 0) + 1);
    counts.set(operation, own);
  }
  return counts;
}

function reasonOf(reasons, operation, code) {
  return reasons[`${operation} ${code}`] ?? reasons[code];
}

function rowOf(operation, counts, { documentedErrors, reasons }) {
  const documented = [...new Set(documentedErrors[operation] ?? [])];
  const own = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = (codes) => codes.map(([code, count]) => `${code} ${count}`).join(', ');
  const isSuccess = ([code]) => /^[23]/.test(code);
  const missing = documented.filter((code) => !counts.has(code));
  const excused = missing.map((code) => `${code}: ${reasonOf(reasons, operation, code) ?? 'MISSING'}`).join('; ');
  return `| ${operation} | ${shown(own.filter(isSuccess))} | ${shown(own.filter((one) => !isSuccess(one)))} | ${excused} |`;
}

function render(loaded) {
  const counts = countCases(loaded.allCases);
  const operations = [...new Set([...counts.keys(), ...Object.keys(loaded.documentedErrors)])].sort();
  const rows = operations.map((operation) => rowOf(operation, counts.get(operation) ?? new Map(), loaded));
  const total = `${loaded.allCases.length} cases of ${operations.length} operations.\n`;
  const head = '| operation | successes | errors | documented, without a case |\n|---|---|---|---|\n';
  return `${intro}\n${total}\n${head}${rows.join('\n')}\n`;
}

function unexcused({ allCases, documentedErrors, reasons }) {
  const counts = countCases(allCases);
  return Object.entries(documentedErrors).flatMap(([operation, codes]) =>
    codes
      .filter((code) => counts.get(operation)?.has(code) !== true && reasonOf(reasons, operation, code) === undefined)
      .map((code) => `${operation} has no case for ${code}; add one, or a reason to documented-errors.ts`),
  );
}

/** Compiles the cases, and compares the page with them. */
export async function checkS3Coverage(root) {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const compiled = spawnSync(process.execPath, [compiler, '-b', 'conformance'], { cwd: root, encoding: 'utf8' });
  if (compiled.status !== 0) return [`conformance does not compile: ${compiled.stdout}`];
  const loaded = await load(root);
  const written = existsSync(join(root, page)) ? readFileSync(join(root, page), 'utf8') : '';
  const stale = written === render(loaded) ? [] : [`${page} is out of date; run node scripts/s3-coverage.mjs`];
  return [...unexcused(loaded), ...stale];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  writeFileSync(join(root, page), render(await load(root)));
}
