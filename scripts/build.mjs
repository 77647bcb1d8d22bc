// npm run build: installs all development dependencies and compiles all packages.
import { build, install, requireNode } from './setup.mjs';

requireNode();
install({ development: true });
build({ tests: true });
