// npm run simulate -- --scenario <name> --seed <n>: replays a run of the simulator of chain nodes (docs/protocol/simulation.md).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build, install, requireNode, root } from './setup.mjs';

requireNode();
install({ development: true });
build({ tests: false });
const main = join(root, 'simulation', 'dist', 'main.js');
const run = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(run.status ?? 1);
