// What applications in a browser load of this project: no module of Node, and small.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bundleForBrowser } from './support/browser-bundle.js';

const maxGzipBytes = 250_000;

describe('bundles for the browser', () => {
  for (const specifier of ['@cess/client', '@cess/object-receipt', '@cess/runtime/declarations']) {
    it(`${specifier} bundles without any import of Node and below 250 kB gzip`, async () => {
      const bundle = await bundleForBrowser(`export * from '${specifier}';`);
      assert.deepEqual(bundle.foreignImports, []);
      assert.deepEqual(bundle.warnings, []);
      assert.ok(bundle.gzipBytes < maxGzipBytes, `${bundle.gzipBytes} bytes`);
    });
  }

  it('the core of the client holds neither sr25519 nor pairings; signers with ed25519 bundle, too', async () => {
    const { files } = await bundleForBrowser("export * from '@cess/client';");
    const code = [...files.values()].join('\n');
    for (const trace of ['ext_sr_verify', 'millerLoop', 'mulG1']) assert.ok(!code.includes(trace), trace);
    const signers = await bundleForBrowser("export { ed25519Account } from '@cess/client/signers';");
    assert.deepEqual([signers.foreignImports, signers.warnings], [[], []]);
  });

  it('the declarations hold no dispatch: neither pairings nor proofs nor the runtime itself', async () => {
    const { files } = await bundleForBrowser("export * from '@cess/runtime/declarations';");
    const code = [...files.values()].join('\n');
    // Keys of an object survive minification. The names of the hooks are declared for the event HookFailed.
    assert.ok(code.includes('declare_batch'), 'the calls are declared');
    for (const trace of ['dispatch:', 'hooks:', 'feeless', 'pairing']) {
      assert.ok(!code.includes(trace), `the bundle holds "${trace}"`);
    }
  });

  it('what needs Node is not offered to browsers, and an import of Node is found', async () => {
    await assert.rejects(bundleForBrowser("export { systemRng } from '@cess/crypto';"), /MISSING_EXPORT/);
    const { foreignImports } = await bundleForBrowser("export { readFileSync } from 'node:fs';");
    assert.deepEqual(foreignImports, ['node:fs']);
  });
});
