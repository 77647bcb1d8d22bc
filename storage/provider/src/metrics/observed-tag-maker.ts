// A maker of tags that tells how long each fragment took, and why one got none.

import { TagMaker, type TagMakerInit } from '../tagging/tag-maker.js';
import type { ProviderMetrics } from './provider-metrics.js';

export class ObservedTagMaker extends TagMaker {
  constructor(
    init: TagMakerInit,
    private readonly metrics: Pick<ProviderMetrics, 'timedTags'>,
  ) {
    super(init);
  }

  override make(...of: Parameters<TagMaker['make']>): Promise<void> {
    const [, , , signal, interrupted] = of;
    const given = interrupted === undefined ? signal : AbortSignal.any([signal, interrupted]);
    return this.metrics.timedTags(() => super.make(...of), given);
  }
}
