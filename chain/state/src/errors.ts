// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  PROOF_INCOMPLETE: withData<{ readonly hash: string }>({
    meaning: 'A read proof lacks a trie node on the path.',
    remedy: 'Ask another chain node for the proof.',
    retryable: false,
  }),
  PROOF_TOO_LARGE: withData<{ readonly items: number; readonly size: number }>({
    meaning: 'A read proof is larger than any honest one.',
    remedy: 'Ask another chain node for the proof.',
    retryable: false,
  }),
  STATE_PRUNED: withData<{ readonly id?: number | string; readonly block?: string }>({
    meaning: 'The node no longer keeps the state of this block.',
    remedy: 'Use a newer block, or a node that keeps more states.',
    retryable: false,
  }),
  TRIE_NODE_MALFORMED: withData<{ readonly reason: string }>({
    meaning: 'Bytes are not a node of the state trie.',
    remedy: 'Ask another chain node; if the bytes come from disk, resynchronise.',
    retryable: false,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
