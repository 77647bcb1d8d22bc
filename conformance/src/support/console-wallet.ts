// A wallet extension of Substrate in a page of the console (`injectedWeb3`): it signs texts and transactions as extensions do.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SS58_PREFIX } from '@cess/client';
import { createSr25519Signer, encodeSs58 } from '@cess/crypto';
import { fromHex, toHex } from '@cess/primitives';
import { openKeyFile } from '@cess/sealing';
import { Keyring } from '@polkadot/api';
import { TypeRegistry } from '@polkadot/types';
import type { Page } from 'playwright-core';
import type { TestNetwork } from './network.js';

/** The seed of the owner of a test network. */
export async function ownerSeedOf(network: TestNetwork): Promise<Uint8Array> {
  const stored = readFileSync(join(network.home, 'keys', 'owner.json'), 'utf8');
  return openKeyFile('owner', stored, { allowPlaintext: true });
}

export const addressOfSeed = (seed: Uint8Array): string => encodeSs58(createSr25519Signer(seed).publicKey, SS58_PREFIX);

/** Gives the next documents of the page a wallet with the accounts of these seeds; it signs no call of a document that sets `walletRefuses`. */
export async function injectWallet(page: Page, seeds: readonly Uint8Array[]): Promise<void> {
  const bySeed = new Map(seeds.map((seed) => [addressOfSeed(seed), seed]));
  await page.exposeFunction('signTextInTest', (address: string, data: string) => {
    const message = Buffer.concat([Buffer.from('<Bytes>'), fromHex(data.slice(2)), Buffer.from('</Bytes>')]);
    return `0x${toHex(createSr25519Signer(bySeed.get(address)!).sign(message))}`;
  });
  await page.exposeFunction('signPayloadInTest', (payload: { address: string; signedExtensions: string[] }) => {
    const pair = new Keyring({ type: 'sr25519', ss58Format: SS58_PREFIX }).addFromSeed(bySeed.get(payload.address)!);
    const registry = new TypeRegistry();
    registry.setSignedExtensions(payload.signedExtensions);
    return registry.createType('ExtrinsicPayload', payload as never, { version: 4 }).sign(pair).signature;
  });
  await page.addInitScript(
    (addresses) => {
      const { signTextInTest, signPayloadInTest } = globalThis as unknown as {
        signTextInTest(address: string, data: string): Promise<string>;
        signPayloadInTest(payload: object): Promise<string>;
      };
      const enable = async () => ({
        accounts: { get: async () => addresses.map((address) => ({ address, name: 'test', type: 'sr25519' })) },
        signer: {
          signRaw: async ({ address, data }: { address: string; data: string }) => ({
            signature: await signTextInTest(address, data),
          }),
          signPayload: async (payload: object) => {
            if ('walletRefuses' in globalThis) throw new Error('Cancelled');
            return { signature: await signPayloadInTest(payload) };
          },
        },
      });
      Object.assign(globalThis, { injectedWeb3: { test: { enable } } });
    },
    [...bySeed.keys()],
  );
}
