import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

interface BuildKernel {
  compileKernel(): Promise<Uint8Array>;
  kernelSource(wasm: Uint8Array): string;
}

test('PODR2: the checked-in kernel is what its AssemblyScript source compiles to, byte for byte', async () => {
  const script = new URL('../scripts/build-kernel.mjs', import.meta.url);
  const { compileKernel, kernelSource } = (await import(script.href)) as BuildKernel;
  const checkedIn = await readFile(new URL('../src/generated/kernel.ts', import.meta.url), 'utf8');
  assert.equal(checkedIn, kernelSource(await compileKernel()));
});
