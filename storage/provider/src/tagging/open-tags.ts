// Opens the tag store in the directory of a provider.
import { openLmdb } from '@cess/store';
import type { ProviderComponents } from '../components.js';
import type { ProviderConfig } from '../config.js';
import { TagStore } from './tag-store.js';

export async function openTags(components: ProviderComponents, config: ProviderConfig): Promise<TagStore> {
  const { chain, openTags: open = (path: string) => openLmdb({ path }) } = components;
  const kv = open(`${config.dir}/tags`);
  try {
    return await TagStore.open(kv, chain.genesis);
  } catch (error) {
    await kv.close();
    throw error;
  }
}
