// Opens the fragment store in the directory of a provider.
import { type FragmentStore, nodeFs, openFragmentStore } from '@cess/fragment-store';
import type { ProviderComponents } from '../components.js';
import { defaultMaxFragmentBytes, type ProviderConfig } from '../config.js';

export function openStore(components: ProviderComponents, config: ProviderConfig): Promise<FragmentStore> {
  const { chain, fs = nodeFs, rng, logger, clock } = components;
  const { dir, declaredBytes, minFreeBytes, maxFragmentBytes = defaultMaxFragmentBytes } = config;
  return openFragmentStore({
    dir: `${dir}/store`,
    genesis: chain.genesis,
    fs,
    rng,
    logger,
    maxBytes: declaredBytes,
    maxFragmentBytes,
    nowSeconds: Math.floor(clock.nowMs() / 1000),
    ...(minFreeBytes === undefined ? {} : { minFreeBytes }),
  });
}
