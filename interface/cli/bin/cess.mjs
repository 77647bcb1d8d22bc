#!/usr/bin/env node
// The `cess` command of a clone.
import { existsSync } from 'node:fs';

const entry = new URL('../dist/main.js', import.meta.url);
if (!existsSync(entry)) {
  process.stderr.write('This clone is not built yet. Run: npm start (or npm run build)\n');
  process.exit(1);
}
const { main } = await import(entry.href);
await main(process.argv);
