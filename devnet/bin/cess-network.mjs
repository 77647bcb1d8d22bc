#!/usr/bin/env node
// Runs the embedded network of a clone that is built (npm start installs and builds first).
import { main } from '../dist/main.js';

await main(process.argv.slice(2));
