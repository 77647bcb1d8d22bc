// npm run build: installs all development dependencies and compiles all packages. `--products`: what `npm start` needs, alone.
import { build, install, requireNode } from './setup.mjs';

const isProductsOnly = process.argv.includes('--products');
requireNode();
install({ development: !isProductsOnly });
build({ tests: !isProductsOnly });
