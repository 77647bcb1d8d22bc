// Compiles assembly/kernel.ts and writes src/generated/kernel.ts. The output is checked in, so that users install no
// compiler; a test compiles again and compares.
//   node protocol/proofs/scripts/build-kernel.mjs
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const sourceFile = new URL('../assembly/kernel.ts', import.meta.url);
const outputFile = new URL('../src/generated/kernel.ts', import.meta.url);

const options = ['-O3', '--runtime', 'stub', '--noAssert', '--importMemory', '--enable', 'bulk-memory'];

/** The compiled module. */
export async function compileKernel() {
  const { default: asc } = await import('assemblyscript/asc');
  const source = await readFile(sourceFile, 'utf8');
  const written = new Map();
  const { error, stderr } = await asc.main(['kernel.ts', '--outFile', 'kernel.wasm', ...options], {
    readFile: (name) => (name === 'kernel.ts' ? source : null),
    writeFile: (name, contents) => void written.set(name, contents),
    listFiles: () => [],
  });
  if (error) throw new Error(`The kernel does not compile: ${error.message}\n${stderr.toString()}`);
  return written.get('kernel.wasm');
}

/** The text of src/generated/kernel.ts for a compiled module. */
export function kernelSource(wasm) {
  const lines = Buffer.from(wasm)
    .toString('base64')
    .match(/.{1,100}/g);
  return `// Made by scripts/build-kernel.mjs from assembly/kernel.ts. Do not edit.
export const kernelBase64 =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wasm = await compileKernel();
  await writeFile(outputFile, kernelSource(wasm));
  console.log(`kernel: ${wasm.length} bytes`);
}
