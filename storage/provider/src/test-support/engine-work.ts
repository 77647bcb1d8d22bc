// The work of the proof thread, done here: for tests that need it many times over.
import { ProofEngine } from '../proof-worker/proof-engine.js';
import type { ProofAnswers, ProofTask, ProofWork } from '../proof-worker/proof-tasks.js';
import { proveWith } from '../proof-worker/prove-with.js';

export async function createEngineWork(): Promise<ProofWork> {
  const engine = await ProofEngine.create();
  const run = async <T extends ProofTask>(task: T): Promise<ProofAnswers[T['type']]> =>
    engine.execute(task) as ProofAnswers[T['type']];
  let session = 0;
  return {
    checkSrs: (key, srs) => run({ type: 'srs', key, srs }),
    checkTags: async (check) => (await run({ type: 'tags', checks: [check] }))[0]!,
    prove: (key, challenge, blocks) => proveWith(run, { session: session++, key, challenge, blocks }),
    verify: (key, challenge, proof) => run({ type: 'verify', key, challenge, proof }),
    reconstruct: (job) => run({ type: 'reconstruct', job }),
  };
}
