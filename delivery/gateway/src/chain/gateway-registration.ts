// Registers the gateway with the Oss pallet once, then keeps the on-chain record equal to the configuration.
import { type ChainClient, query, type Submitter, tx } from '@cess/client';
import { equalBytes, utf8 } from '@cess/primitives';

export interface GatewayRegistration {
  readonly client: ChainClient;
  /** Signs for the gateway's account. */
  readonly submitter: Submitter;
  readonly account: Uint8Array;
  readonly nodeKey: Uint8Array;
  readonly wrappingKey: Uint8Array;
  /** URL under which clients reach the gateway. */
  readonly endpoint: string;
  readonly domain: string;
}

/** Resolves when the finalized on-chain record matches this gateway. */
export async function ensureGatewayRegistered(init: GatewayRegistration): Promise<void> {
  const { client, submitter, account } = init;
  const known = await client.entry(query.Oss.Oss, [account]);
  const wanted = {
    node_key: init.nodeKey,
    wrapping_key: init.wrappingKey,
    endpoint: utf8(init.endpoint),
    domain: utf8(init.domain),
  };
  if (known === undefined) await submitter.submit(tx.Oss.register(wanted));
  else if (!equalBytes(known.endpoint, wanted.endpoint)) await submitter.submit(tx.Oss.update(wanted));
}
