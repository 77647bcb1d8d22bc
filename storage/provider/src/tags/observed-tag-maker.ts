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
    interrupted: AbortSignal = signal,
  ): Promise<void> {
    const make = () => super.make(held, miner, keyId, signal, interrupted);
    return this.metrics.timedTags(make, AbortSignal.any([signal, interrupted]));
  }
}
