// A maker of tags that tells how long each fragment took, and why one got none.
import type { DeclaredFragment } from '../place.js';
import type { ProviderMetrics } from '../provider-metrics.js';
import { TagMaker, type TagMakerInit } from './tag-maker.js';

export class ObservedTagMaker extends TagMaker {
  constructor(
    init: TagMakerInit,
    private readonly metrics: Pick<ProviderMetrics, 'timedTags'>,
  ) {
    super(init);
  }

  override make(
    held: DeclaredFragment,
    miner: number,
    keyId: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    return this.metrics.timedTags(() => super.make(held, miner, keyId, signal), signal);
  }
}
