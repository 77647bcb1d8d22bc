// Opens what a provider keeps in its directory: fragments, and their tags.
import { type FragmentStore, nodeFs, openFragmentStore } from '@cess/fragment-store';
import { openLmdb } from '@cess/store';
import type { ProviderComponents } from '../components.js';
import { defaultMaxFragmentBytes, type ProviderConfig } from '../config.js';
import { TagStore } from '../tagging/tag-store.js';

export function openStore(components: ProviderComponents, config: ProviderConfig): Promise<FragmentStore> {
  const { chain, fs = nodeFs, rng, logger } = components;
  const { dir, declaredBytes, minFreeBytes, maxFragmentBytes = defaultMaxFragmentBytes } = config;
  return openFragmentStore({
    dir: `${dir}/store`,
    genesis: chain.genesis,
    fs,
    rng,
    logger,
    maxBytes: declaredBytes,
    maxFragmentBytes,
    ...(minFreeBytes === undefined ? {} : { minFreeBytes }),
  });
}

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
