import type { ChainClient } from '@cess/client';
import { encodeExtrinsicWith } from '@cess/client';
import { toHex0x } from '@cess/primitives';

/** The fee of a call by this account now, in the smallest unit, without a tip. Nothing is signed or submitted. */
export async function estimateFee(client: ChainClient, account: Uint8Array, call: Uint8Array): Promise<bigint> {
  const { genesisHash, runtime } = client;
  // The fee depends on the length alone, which no signature changes.
  const signature = { type: 'Sr25519', value: new Uint8Array(64) } as const;
  const extrinsic = encodeExtrinsicWith(call, { nonce: 0, genesisHash, ...runtime }, { account, signature });
  const { partialFee } = await client.call<{ readonly partialFee: string }>('payment_queryInfo', [toHex0x(extrinsic)]);
  return BigInt(partialFee);
}
