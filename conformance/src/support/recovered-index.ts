// The index of a gateway that was stopped, read from its folder: the truth with which a recovery is compared.
import { ObjectIndex, openIndexFormat, RememberedChain } from '@cess/object-index';
import { present, toHex } from '@cess/primitives';
import { openLmdb } from '@cess/store';

/** For each object of a bucket, the order (hex) of the file in which its bytes lie. */
export async function ordersOf(folder: string, bucket: string): Promise<ReadonlyMap<string, string>> {
  const store = openLmdb({ path: folder });
  try {
    const genesis = present(new RememberedChain(store).identity(), 'the chain of the folder').genesis;
    const index = new ObjectIndex(await openIndexFormat(store, genesis));
    const orders = new Map<string, string>();
    for (let after: string | undefined; ; ) {
      const { items, truncated } = await index.listObjects(bucket, {
        prefix: '',
        delimiter: '',
        limit: 1_000,
        after,
      });
      for (const item of items) {
        if (item.type !== 'entry') continue;
        const [extent] = item.value.extents;
        const carrier = extent === undefined ? undefined : await index.packs.carrierOf(extent.fileId);
        if (carrier !== undefined) orders.set(item.name, toHex(carrier.file.orderId));
        after = item.name;
      }
      if (!truncated) return orders;
    }
  } finally {
    await store.close();
  }
}
