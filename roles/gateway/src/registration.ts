// The registration of the gateway on the chain.
import { type ChainClient, type ExtrinsicSigner, Submitter } from '@cess/client';
import { createEd25519Signer } from '@cess/crypto';
import { ensureGatewayRegistered } from '@cess/gateway';
import type { Logger } from '@cess/primitives';
import type { RoleKeys } from '@cess/sealing';

interface RegistrationParts {
  readonly client: ChainClient;
  readonly account: ExtrinsicSigner;
  readonly keys: RoleKeys;
  readonly logger: Logger;
}

/** Registers the gateway on chain, or updates its registration. */
export async function registerGateway(
  { endpoint, domain }: { readonly endpoint: string; readonly domain: string },
  { client, account, keys, logger }: RegistrationParts,
): Promise<void> {
  const submitter = new Submitter({ client, signer: account, logger });
  try {
    await ensureGatewayRegistered({
      client,
      submitter,
      account: account.account,
      nodeKey: createEd25519Signer(keys.nodeSeed).publicKey,
      wrappingKey: keys.wrappingKey.publicKey,
      endpoint,
      domain,
    });
  } finally {
    await submitter.stop();
  }
}
