// Builds a proof from blocks that arrive in batches, as separate tasks: begin, add, finish. Disk reads and computation
// overlap, the proofs of several providers progress in parallel, and no batch is kept in memory.
import { CessError } from '@cess/primitives';
import type { Challenge } from '@cess/proofs';
import type { BlockBatch, ProofAnswers, ProofTask, TagKeyWithSrs } from './proof-tasks.js';

export interface ProofRequest {
  /** Id of the unfinished proof. */
  readonly session: number;
  readonly key: TagKeyWithSrs;
  readonly challenge: Challenge;
  readonly blocks: AsyncIterable<BlockBatch>;
}

/** Throws `PROOF_MATERIAL_DAMAGED`, and whatever `blocks` and `run` throw. */
export async function proveWith(
  run: <T extends ProofTask>(task: T) => Promise<ProofAnswers[T['type']]>,
  { session, key, challenge, blocks }: ProofRequest,
): Promise<Uint8Array> {
  if (!(await run({ type: 'begin', session, key, challenge }))) throw damaged('SRS');
  let isFinished = false;
  try {
    for await (const batch of blocks) if (!(await run({ type: 'add', session, batch }))) throw damaged('tag');
    const proof = await run({ type: 'finish', session });
    isFinished = true;
    return proof;
  } finally {
    // The caller gets the first error; a worker that ended has dropped the session.
    if (!isFinished) await Promise.allSettled([run({ type: 'drop', session })]);
  }
}

function damaged(what: 'SRS' | 'tag'): CessError {
  return new CessError('PROOF_MATERIAL_DAMAGED', `The disk returned a damaged ${what}.`, { what });
}
