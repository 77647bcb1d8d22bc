// Child process: sixteen storage providers over real disks.
import { createEd25519Signer, systemRng } from '@cess/crypto';
import type { ProviderInfo } from '@cess/data-path';
import { GiB, silentLogger, systemClock, throwFatal } from '@cess/primitives';
import { createProvider, createSharedWork } from '@cess/provider';
import { serveParent } from '../support/child.js';
import { noDuties, ProviderTable } from '../support/table-chain.js';
import { gatewayAccount, gatewaySigner } from './identities.js';

const count = 16;
const declaredBytes = 64 * GiB;
const folder = process.argv[2]!;
const shared = createSharedWork({ logger: silentLogger });

const providers = Array.from({ length: count }, (_, index) => {
  const nodeSigner = createEd25519Signer(new Uint8Array(32).fill(index + 100));
  const chain = new ProviderTable(index, [
    { account: gatewayAccount, nodeKey: gatewaySigner.publicKey, hasQuota: true },
  ]);
  const provider = createProvider(
    {
      chain,
      duties: noDuties,
      shared,
      nodeSigner,
      account: new Uint8Array(32).fill(index + 1),
      clock: systemClock,
      rng: systemRng,
      logger: silentLogger,
      onFatal: throwFatal,
    },
    { dir: `${folder}/${index}`, host: '127.0.0.1', port: 0, declaredBytes },
  );
  return { provider, nodeSigner, index };
});

serveParent({
  start: async (): Promise<ProviderInfo[]> => {
    const infos: ProviderInfo[] = [];
    for (const { provider, nodeSigner, index } of providers) {
      await provider.start();
      await provider.whenRegistered();
      const { endpoint } = provider;
      infos.push({
        index,
        nodeKey: nodeSigner.publicKey,
        endpoint,
        declaredBytes,
        serviceBytes: 0,
        takesFragments: true,
      });
    }
    return infos;
  },
  stop: async () => {
    for (const { provider } of providers) await provider.stop();
    await shared.stop();
  },
});
