// A proof from blocks that come in batches, none of which is kept: begun, fed and finished as tasks of their own, so that
// reading the disk and computing overlap and several providers' proofs advance side by side.
import { CessError } from '@cess/primitives';
import type { Challenge } from '@cess/proofs';
import type { BlockBatch, ProofAnswers, ProofTask, TagKeyWithSrs } from './proof-tasks.js';

export interface ProofRequest {
  /** Names the proof under way. */
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
  return new CessError('PROOF_MATERIAL_DAMAGED', `A stored ${what} is not what was stored.`, { what });
}
