// npm run build: installs everything that development needs and compiles the whole tree.
import { build, install, requireNode } from './setup.mjs';

requireNode();
install({ development: true });
build({ tests: true });
