// Child process: only the gateway, so that its CPU time can be measured.
import { join } from 'node:path';
import type { ProviderInfo } from '@cess/data-path';
import { createGateway, type Gateway } from '@cess/gateway';
import { silentLogger, systemTimers, throwFatal } from '@cess/primitives';
import { type Kv, openLmdb } from '@cess/store';
import { serveParent } from '../support/child.js';
import { GatewayTable } from '../support/table-chain.js';
import {
  credentials,
  gatewayAccount,
  gatewaySigner,
  gatewayWrappingKey,
  ownerAccount,
  ownerKey,
} from './identities.js';

let gateway: Gateway | undefined;
let kv: Kv | undefined;

/** What a gateway of a benchmark is started with. */
export interface GatewayStart {
  readonly providers: readonly ProviderInfo[];
  /** Default: none. */
  readonly smallObjects?:
    | { readonly batchBelowBytes: number; readonly packAfterMs: number; readonly smallCacheBytes: number }
    | undefined;
}

serveParent({
  start: async ({ providers, smallObjects }: GatewayStart): Promise<string> => {
    kv = openLmdb({ path: process.argv[2]! });
    gateway = createGateway(
      {
        kv,
        chain: new GatewayTable(providers),
        timers: systemTimers,
        logger: silentLogger,
        onFatal: throwFatal,
        signer: gatewaySigner,
        wrappingKey: gatewayWrappingKey,
      },
      {
        account: gatewayAccount,
        accounts: [{ ...credentials, owner: ownerAccount, ownerKey, territory: 'default' }],
        s3Host: '127.0.0.1',
        s3Port: 0,
        spillDir: join(process.argv[2]!, 'spill'),
        auditDir: join(process.argv[2]!, 'audit'),
        keyVaultFile: join(process.argv[2]!, 'named-keys'),
        accessLogDir: join(process.argv[2]!, 'access-logs'),
        inventoryDir: join(process.argv[2]!, 'inventory'),
        region: credentials.region,
        providerStallMs: 60_000,
        ...smallObjects,
      },
    );
    await gateway.start();
    return gateway.s3Endpoint;
  },
  backlog: () => gateway!.backlog(),
  unpacked: async () => (await gateway!.index.packs.listPacking(1)).length,
  stop: async () => {
    await gateway?.stop();
    await kv?.close();
  },
});
