// Checks references: requirement numbers against docs/requirements.md, mentioned pages of docs/, and relative links of
// Markdown pages.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { sourceFiles } from './workspace.mjs';

const areas = 'ROLE|CHAIN|R2S|STORE|PODR2|POIS|TEE|CDN|OSS|PRE|MDRC|XESS|HUB|LINK|IFACE|SCEN|ECON|MARKET|DAO';
const citation = new RegExp(`\\b(?:${areas})-\\d+\\b`, 'g');
const definition = new RegExp(`\\*\\*((?:${areas})-\\d+)\\*\\*`, 'g');

/** One line per broken reference. */
export function checkDocs(root) {
  const requirements = join(root, 'docs/requirements.md');
  if (!existsSync(requirements)) return ['docs/requirements.md is missing'];
  const defined = new Set([...readFileSync(requirements, 'utf8').matchAll(definition)].map(([, id]) => id));
  const problems = [];
  for (const path of sourceFiles(root, /\.(ts|tsx|mts|mjs|md)$/)) {
    const file = relative(root, path);
    const text = readFileSync(path, 'utf8');
    for (const [id] of text.matchAll(citation))
      if (!defined.has(id)) problems.push(`${file}: ${id} is not a requirement of docs/requirements.md`);
    for (const [page] of text.matchAll(/\bdocs\/[\w/.-]+\.md\b/g))
      if (!existsSync(join(root, page))) problems.push(`${file}: ${page} does not exist`);
    if (path.endsWith('.md')) problems.push(...brokenLinks(root, path, text));
  }
  return problems;
}

function brokenLinks(root, path, text) {
  return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(resolve(dirname(path), target)))
    .map((target) => `${relative(root, path)}: the link to ${target} leads nowhere`);
}
