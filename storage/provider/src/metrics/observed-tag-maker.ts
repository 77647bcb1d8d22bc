// A maker of tags that measures how long each fragment takes, and counts failures by reason.
import { isCessError } from '@cess/primitives';
import type { TagMaking } from '../tagging/tag-maker.js';
import type { ProviderMetrics } from './provider-metrics.js';

/** Refusals of a TEE worker that get their own label. A worker chooses its other codes freely. */
const knownRefusals = new Set(['NOT_HOLDER', 'TEE_BUSY', 'KEY_UNKNOWN', 'ROOT_MISMATCH', 'NODE_UNKNOWN']);

export function observedTagMaker(
  maker: TagMaking,
  metrics: Pick<ProviderMetrics, 'tagSeconds' | 'tagFailures'>,
): TagMaking {
  return {
    keyWithSrs: (key, signal) => maker.keyWithSrs(key, signal),
    make: async (...of) => {
      const [, , , signal, interrupted] = of;
      const begun = performance.now();
      try {
        await maker.make(...of);
        metrics.tagSeconds.observe((performance.now() - begun) / 1000);
      } catch (error) {
        if (!signal.aborted && interrupted?.aborted !== true) metrics.tagFailures.add(1, { reason: reasonOf(error) });
        throw error;
      }
    },
  };
}

function reasonOf(error: unknown): string {
  if (!isCessError(error)) return 'UNEXPECTED';
  if (isCessError(error, 'TEE_REFUSED') && knownRefusals.has(error.data.teeCode)) return error.data.teeCode;
  return error.code;
}
