// npm run check: lint, format, promises, unused exports, imports between packages and pallets, bans in pure cores,
// references in docs, the table of errors, the references of commands and of the SDK, the coverage of the S3 suite. conformance/src/checks.test.ts tests each rule with an offending sample.
import { checkArchitecture } from './check-architecture.mjs';
import { checkDocs } from './check-docs.mjs';
import { checkPallets } from './check-pallets.mjs';
import { checkSource } from './check-source.mjs';
import { checkCliReference } from './cli-reference.mjs';
import { checkErrorTable } from './error-table.mjs';
import { biomeProblems, exportProblems, promiseProblems } from './linters.mjs';
import { checkReferences } from './references.mjs';
import { checkS3Coverage } from './s3-coverage.mjs';
import { checkSdkReference } from './sdk-reference.mjs';
import { build, install, requireNode, root } from './setup.mjs';

requireNode();
install({ development: true });
build({ tests: false });
const problems = [
  ...biomeProblems(root),
  ...promiseProblems(root),
  ...exportProblems(root),
  ...checkSource(root),
  ...checkArchitecture(root),
  ...checkReferences(root),
  ...checkPallets(root),
  ...checkDocs(root),
  ...(await checkErrorTable(root)),
  ...(await checkCliReference(root)),
  ...checkSdkReference(root),
  ...(await checkS3Coverage(root)),
];
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exit(1);
process.stdout.write('Checks passed.\n');
