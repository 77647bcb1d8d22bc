// npm run soak: the long versions of the suites of which `npm test` runs a slice.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build, install, requireNode, root } from './setup.mjs';

const kills = process.env.CESS_CRASH_ROUNDS ?? '100';
const games = process.env.CESS_GAMES ?? '1000';
const policies = process.env.CESS_POLICIES ?? '1000000';
const inputs = process.env.CESS_FUZZ ?? '1000000';
const seeds = process.env.CESS_SIMULATION_SEEDS ?? '2000';
const twins = process.env.CESS_TWINS ?? '1000000';

requireNode();
install({ development: true });
build({ tests: true });
process.stdout.write(
  `Simulating ${seeds} plans of chain nodes and ${twins} scenarios of twins, playing ${games} games of adversaries, comparing ${policies} decisions about policies with the reference, reading ${inputs} random inputs with each parser of the S3 API, checking 10000 operations for linearizability, killing the network and its single processes ${kills} times each under load, cutting the power, losing providers, failing disks, electing among sixteen validators, cutting eleven into six and five, and an hour of chaos; this takes several hours.\n`,
);
const suites = [
  ...['chaos-odd', 'chaos-even', 'twins'].map((name) => join(root, 'simulation', 'dist-test', `${name}.test.js`)),
  join(root, 'chain', 'runtime', 'dist-test', 'adversaries.test.js'),
  join(root, 'delivery', 'access', 'dist-test', 'evaluation', 'against-reference.test.js'),
  ...['framing', 'requests', 'signatures', 'xml'].map((name) =>
    join(root, 'delivery', 'gateway', 'dist-test', 's3', 'fuzz', `${name}.test.js`),
  ),
  ...[
    's3-linearizability',
    'fleet',
    'crash',
    'index-recovery',
    'power-cuts',
    'audit-crash',
    'audit-repair',
    'leaving',
    'store-faults',
    'disk-faults',
    'hostile-clients',
    'validators-elected',
    'split-network',
    'chaos',
  ].map((name) => join(root, 'conformance', 'dist', `${name}.test.js`)),
];
const result = spawnSync(process.execPath, ['--test', '--test-concurrency=1', ...suites], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    CESS_CRASH_ROUNDS: kills,
    CESS_GAMES: games,
    CESS_POLICIES: policies,
    CESS_FUZZ: inputs,
    CESS_SIMULATION_SEEDS: seeds,
    CESS_TWINS: twins,
    CESS_SOAK: '1',
  },
});
process.exit(result.status ?? 1);
