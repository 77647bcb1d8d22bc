// node conformance/dist/protocol/generate.js: regenerates docs/protocol/vectors after a deliberate change of format.
import { mkdirSync, writeFileSync } from 'node:fs';
import { allVectors } from './all-vectors.js';
import { printVectors, vectorFolder } from './vector.js';

mkdirSync(vectorFolder, { recursive: true });
for (const [name, compute] of Object.entries(allVectors)) {
  writeFileSync(new URL(`${name}.json`, vectorFolder), printVectors(await compute()));
}
