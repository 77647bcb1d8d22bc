// npm start: installs what is missing, builds, and runs the embedded network in this process.
import { build, install, requireNode } from './setup.mjs';

requireNode();
install({ development: false });
build({ tests: false });
const { main } = await import('../devnet/dist/main.js');
await main(process.argv.slice(2));
