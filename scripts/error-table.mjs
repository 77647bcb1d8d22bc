// docs/errors.md explains every error code. `node scripts/error-table.mjs` generates it from the declarations of the packages
// (dist/errors.js, so build first); `npm run check` fails when the page and the declarations differ, and when a package
// declares a code that nothing raises.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const page = 'docs/errors.md';
const intro = `# Errors

Every operational error carries a stable code and data whose type belongs to the code. Each package declares its codes in
\`src/errors.ts\`; this page is generated from the declarations (\`node scripts/error-table.mjs\`) and checked against them by
\`npm run check\`. *Retried* says whether the same operation can succeed later although nobody changes it: background work
retries these errors and no others. S3 clients see Amazon's codes instead (delivery/gateway/src/s3/errors.ts maps them),
JSON-RPC clients see numbers.
`;

/** Folders of all packages, as package.json lists them. */
function packages(root) {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return workspaces
    .flatMap((pattern) => {
      if (!pattern.endsWith('/*')) return [pattern];
      const layer = pattern.slice(0, -2);
      return existsSync(join(root, layer)) ? readdirSync(join(root, layer)).map((name) => `${layer}/${name}`) : [];
    })
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort();
}

function* sources(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* name === 'test-support' ? [] : sources(path);
    else if (/\.tsx?$/.test(name) && !name.includes('.test.')) yield path;
  }
}

/** The declarations of each package that has some. Throws if the compiled ones are missing. */
async function collect(root) {
  const found = [];
  for (const folder of packages(root)) {
    if (!existsSync(join(root, folder, 'src', 'errors.ts'))) continue;
    const compiled = join(root, folder, 'dist', 'errors.js');
    if (!existsSync(compiled)) throw new Error(`${compiled} is missing; run npm run build first`);
    const { errors } = await import(pathToFileURL(compiled).href);
    found.push({ folder, errors });
  }
  return found;
}

function render(all) {
  const sections = all.map(({ folder, errors }) => {
    const rows = Object.entries(errors).map(([code, { meaning, remedy, retryable }]) => {
      const retried = typeof retryable === 'function' ? 'depends on its data' : retryable ? 'yes' : 'no';
      return `| \`${code}\` | ${meaning} | ${remedy} | ${retried} |`;
    });
    return `\n## ${folder}\n\n| code | meaning | remedy | retried |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return intro + sections.join('');
}

/** Codes that no source names outside of the declarations. */
function unused(root, all) {
  const texts = packages(root).flatMap((folder) => {
    const src = join(root, folder, 'src');
    return existsSync(src) ? [...sources(src)].map((file) => readFileSync(file, 'utf8')) : [];
  });
  const uses = (text, code) => text.split(`'${code}'`).length - 1;
  return all.flatMap(({ folder, errors }) =>
    Object.keys(errors)
      .filter((code) => !texts.some((text) => uses(text, code) > 0))
      .map((code) => `${folder}/src/errors.ts: nothing raises ${code}; delete it`),
  );
}

/** The page that the declarations give. */
export async function renderErrorTable(root) {
  return [render(await collect(root))];
}

export async function checkErrorTable(root) {
  const all = await collect(root);
  const written = existsSync(join(root, page)) ? readFileSync(join(root, page), 'utf8') : '';
  const problems = unused(root, all);
  if (written !== render(all)) problems.push(`${page} differs from the declarations; run node scripts/error-table.mjs`);
  return problems;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  writeFileSync(join(root, page), render(await collect(root)));
}
