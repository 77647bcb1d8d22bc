// npm run check: lint, format, import arrows, bans in pure cores, the table of errors.
import { join } from 'node:path';
import { checkArchitecture } from './check-architecture.mjs';
import { checkDocs } from './check-docs.mjs';
import { checkPallets } from './check-pallets.mjs';
import { checkErrorTable } from './error-table.mjs';
import { checkReferences } from './references.mjs';
import { build, install, requireNode, root, run } from './setup.mjs';

requireNode();
install({ development: true });
build({ tests: false });
run(process.execPath, [
  join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'),
  'ci',
  '--error-on-warnings',
  '.',
]);
const problems = [
  ...checkArchitecture(root),
  ...checkReferences(root),
  ...checkPallets(root),
  ...checkDocs(root),
  ...(await checkErrorTable(root)),
];
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exit(1);
process.stdout.write('Checks passed.\n');
