import type { LightClient } from '@cess/client/light';
import { receiptBlock, type VerifiedReceipt, verifyReceipt } from '@cess/object-receipt';

/**
 * Verifies a receipt by the voters of its block, which the light client proves. Throws `OBJECT_RECEIPT_…`, `LIGHT_SET_UNKNOWN` for a receipt
 * from before the checkpoint of the client, and what `LightClient.sync` throws.
 */
export async function verifyReceiptWith(light: LightClient, receipt: Uint8Array): Promise<VerifiedReceipt> {
  await light.sync();
  const authorities = await light.authoritySetOf(receiptBlock(receipt));
  return verifyReceipt(receipt, { genesis: light.genesisHash, authorities });
}
