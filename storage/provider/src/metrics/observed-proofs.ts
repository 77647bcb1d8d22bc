// Proof work that measures how long each proof takes, waiting included.
import type { ProofWork } from '../proof-worker/proof-tasks.js';
import type { ProviderMetrics } from './provider-metrics.js';

export function observedProofs(work: ProofWork, metrics: Pick<ProviderMetrics, 'proofSeconds'>): ProofWork {
  return {
    checkSrs: (...of) => work.checkSrs(...of),
    checkTags: (...of) => work.checkTags(...of),
    verify: (...of) => work.verify(...of),
    reconstruct: (...of) => work.reconstruct(...of),
    prove: async (...of) => {
      const begun = performance.now();
      const proof = await work.prove(...of);
      metrics.proofSeconds.observe((performance.now() - begun) / 1000);
      return proof;
    },
  };
}
