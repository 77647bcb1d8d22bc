// The native API with an unmodified cess-js-sdk-nodejs 0.2.6, as the SDK of the existing network uses its gateways. What the SDK
// cannot do by itself (it lists files on a chain that has other storage, and its deleteFile throws) is asked for with its signatures.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { toHex0x } from '@cess/primitives';
import { openKeyFile } from '@cess/sealing';
import sdk from 'cess-js-sdk-nodejs';
import { KiB, MiB, sha256OfFile, writeTestFile } from './files.js';
import type { TestNetwork } from './network.js';

interface SdkAnswer {
  readonly msg: string;
  readonly data?: { readonly data?: { readonly fid: string }; readonly fid?: string };
}

const territory = 'default';

export function nativeSdkCases(folder: string, network: TestNetwork): void {
  describe('OSS-1 cess-js-sdk-nodejs on the native API', () => {
    it('uploads and downloads 1 KiB, 2 MiB and 20 MiB; its wallet lists and deletes the files', async (test) => {
      // The SDK prints every request.
      test.mock.method(console, 'log', () => {});
      const gateway = `${network.credentials.endpoint}/.native`;
      const owner = readFileSync(join(network.home, 'keys', 'owner.json'), 'utf8');
      const secret = toHex0x(await openKeyFile('owner', owner, { allowPlaintext: true }));
      const { api, keyring } = await sdk.InitAPI({
        nodeURL: network.rpc,
        keyringOption: { type: 'sr25519', ss58Format: 11330 },
        ...{ gatewayURL: gateway, gatewayAddr: '' },
      });
      try {
        const files = new sdk.File(api, keyring, gateway, false);
        const fids: string[] = [];
        for (const size of [KiB, 2 * MiB, 20 * MiB]) {
          const [source, target] = [join(folder, `sdk ${size}`), join(folder, `sdk-${size}-target`)];
          writeTestFile(source, size);
          const stored = (await files.uploadFile(secret, source, territory, () => {})) as SdkAnswer;
          assert.equal(stored.msg, 'ok', JSON.stringify(stored));
          const fid = stored.data?.fid ?? '';
          assert.match(fid, /^[0-9a-f]{64}$/);
          await files.downloadFile(fid, target);
          assert.equal(await sha256OfFile(target), await sha256OfFile(source));
          fids.push(fid);
        }
        const headers = await signedBy(files, secret);
        const list = await json(`${gateway}/file/list`, { headers });
        assert.deepEqual((list.data as { fid: string }[]).map(({ fid }) => fid).sort(), [...fids].sort());
        await assert.rejects(files.deleteFile(secret, fids[0] ?? '') as Promise<unknown>, /accountId32 is not defined/);
        test.mock.method(console, 'error', () => {});
        for (const fid of fids) {
          assert.equal((await json(`${gateway}/file/${fid}`, { method: 'DELETE', headers })).code, 200);
          await assert.rejects(files.downloadFile(fid, join(folder, 'deleted')) as Promise<unknown>);
        }
      } finally {
        await api.disconnect();
      }
    });
  });
}

async function signedBy(files: InstanceType<typeof sdk.File>, secret: string): Promise<Record<string, string>> {
  const Message = `<Bytes>${Date.now() + 60_000}</Bytes>`;
  const { signStr: Signature, ss58: Account } = await files.authSign(secret, Message);
  return { Account, Message, Signature, Territory: territory };
}

async function json(url: string, init: RequestInit): Promise<{ readonly code: number; readonly data: unknown }> {
  return (await (await fetch(url, init)).json()) as { readonly code: number; readonly data: unknown };
}
