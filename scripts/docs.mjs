// npm run docs: builds the documentation as a site into docs/.vitepress/dist. `-- --serve` shows it while it is edited.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { install, requireNode, root } from './setup.mjs';

requireNode();
install({ development: true });
const vitepress = join(root, 'node_modules', 'vitepress', 'bin', 'vitepress.js');
const command = process.argv.includes('--serve') ? 'dev' : 'build';
const { status } = spawnSync(process.execPath, [vitepress, command, 'docs'], { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
