// Creates the on-chain state that the embedded network needs. A completed step is skipped, so a start after a crash continues
// where the previous one stopped.
import { type ChainClient, type ExtrinsicSigner, query, Submitter, tx } from '@cess/client';
import { ensureGatewayRegistered } from '@cess/gateway';
import { equalBytes, GiB, type Logger, MiB, utf8 } from '@cess/primitives';

export const territoryName = 'default';
/** Small objects are on the chain within seconds, so that a newcomer need not wait. */
export const smallObjects = { maxBytes: MiB / 8, packAfterSeconds: 3 };
const leaseDays = 3650;

export interface ChainSetup {
  readonly client: ChainClient;
  readonly owner: ExtrinsicSigner;
  readonly gateway: ExtrinsicSigner;
  readonly gatewayNodeKey: Uint8Array;
  readonly gatewayWrappingKey: Uint8Array;
  readonly gatewayEndpoint: string;
  readonly logger: Logger;
}

/** Registers the gateway, lets it act for the owner, buys the owner's territory and locks it for the gateway. */
export async function setUpChain(setup: ChainSetup): Promise<void> {
  const { client, logger } = setup;
  const owner = new Submitter({ client, signer: setup.owner, logger });
  const gateway = new Submitter({ client, signer: setup.gateway, logger });
  try {
    await ensureGatewayRegistered({
      client,
      submitter: gateway,
      account: setup.gateway.account,
      nodeKey: setup.gatewayNodeKey,
      wrappingKey: setup.gatewayWrappingKey,
      endpoint: setup.gatewayEndpoint,
      domain: 'localhost',
    });
    await authorizeGateway(setup, owner);
    await ensureTerritory(setup, owner);
    await lockSpace(setup, owner);
  } finally {
    await owner.stop();
    await gateway.stop();
  }
}

async function authorizeGateway({ client, owner, gateway }: ChainSetup, submitter: Submitter): Promise<void> {
  const authorised = await client.entry(query.Oss.AuthorityList, [owner.account]);
  if (authorised.some((account) => equalBytes(account, gateway.account))) return;
  await submitter.submit(tx.Oss.authorize({ operator: gateway.account }));
}

/** 90 % of the space that the providers declared, in whole GiB. */
async function ensureTerritory({ client, owner }: ChainSetup, submitter: Submitter): Promise<void> {
  const name = utf8(territoryName);
  if ((await client.entry(query.StorageHandler.Territory, [owner.account, name])) !== undefined) return;
  const declared = await client.value(query.Sminer.TotalDeclaredSpace);
  const gibCount = Math.max(1, Math.floor((Number(declared) / GiB) * 0.9));
  await submitter.submit(
    tx.StorageHandler.mint_territory({ gib_count: gibCount, territory_name: name, days: leaseDays }),
  );
}

async function lockSpace({ client, owner, gateway }: ChainSetup, submitter: Submitter): Promise<void> {
  const name = utf8(territoryName);
  const territory = await client.entry(query.StorageHandler.Territory, [owner.account, name]);
  if (territory === undefined || territory.remaining_space === 0n) return;
  await submitter.submit(
    tx.StorageHandler.lock_quota({
      owner: owner.account,
      territory_name: name,
      gateway: gateway.account,
      bytes: territory.remaining_space,
    }),
  );
}
