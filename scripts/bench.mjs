// npm run bench: builds and runs all benchmarks in sequence, or the named ones: npm run bench -- erasure.
// Exits with 1 when a benchmark fails or misses a target.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build, fail, install, requireNode, root } from './setup.mjs';

const known = [
  'erasure',
  'state',
  'weights',
  'worst-case',
  'costs',
  'attacks',
  'codec',
  'election',
  'podr2',
  'starting',
  'gateway',
  'requests',
  'small',
  'packs',
  'peers',
  'sync',
  'steady',
  'stalls',
  'listing',
  'rpc',
  'sdk',
  'console',
  'tls',
  'network',
  'memory',
  'background',
];

requireNode();
const names = process.argv.slice(2);
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) fail(`There is no benchmark "${unknown[0]}"; there are: ${known.join(', ')}.`);
/** Benchmarks that need the scenarios of a package's tests. */
const inRuntime = (name) => join(root, 'chain/runtime/dist-test/test-support', name);
const elsewhere = {
  weights: inRuntime('weights/generate.js'),
  'worst-case': inRuntime('weights/worst-case.js'),
  costs: inRuntime('honest-costs.js'),
  attacks: inRuntime('attack-costs.js'),
  stalls: join(root, 'delivery/object-index/dist-test/test-support/stalls.js'),
  network: join(root, 'foundation/network/dist-test/test-support/request-costs.js'),
  console: join(root, 'conformance/dist/console-responsiveness.js'),
  listing: join(root, 'delivery/object-index/dist-test/test-support/listing-rate.js'),
};
install({ development: true });
build({ tests: true });
let missed = 0;
// The table of weights changes only when somebody asks for it.
const chosen = names.length > 0 ? names : known.filter((name) => name !== 'weights');
for (const name of chosen) {
  const run = spawnSync(process.execPath, [elsewhere[name] ?? join(root, 'benchmarks', 'dist', `${name}.js`)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  process.stdout.write(run.stdout);
  if (run.status !== 0) fail(`The benchmark "${name}" failed.`);
  missed += run.stdout.match(/"met":false/g)?.length ?? 0;
}
process.stdout.write(missed === 0 ? '\nAll targets met.\n' : `\n${missed} targets missed.\n`);
process.exit(missed === 0 ? 0 : 1);
