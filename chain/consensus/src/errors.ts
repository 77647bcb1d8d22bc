// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  ELECTION_PROOF_INVALID: withData<{ readonly reason: string }>({
    meaning: 'The VRF proof of a candidate comes at the wrong time, is by a key that is too young, or does not verify.',
    remedy: 'Post a proof in the first half of the last epoch of an era, by a key that was registered in time.',
    retryable: false,
  }),
  AUTHORITY_SET_INVALID: {
    meaning: 'A set of GRANDPA authorities is empty, too large, or announced in a way that a proof cannot follow.',
    remedy: 'Use another chain node; if all agree, the chain needs a new checkpoint.',
    retryable: false,
  },
  EQUIVOCATION_PROOF_INVALID: withData<{ readonly reason: string }>({
    meaning: 'A proof that an author sealed two blocks in one slot is unreadable or does not hold.',
    remedy: 'None; the report is rejected.',
    retryable: false,
  }),
  FINALITY_PROOF_INVALID: withData<{ readonly link: number; readonly reason: string }>({
    meaning: 'A proof of authority set changes does not hold.',
    remedy: 'Ask another chain node for the proof.',
    retryable: false,
  }),
  HEADER_NUMBER: withData<{ readonly hash: string }>({
    meaning: 'The number of a block does not follow that of its parent.',
    remedy: 'None; the block is rejected.',
    retryable: false,
  }),
  HEADER_PARENT: withData<{ readonly hash: string }>({
    meaning: 'A block names another parent than it was checked against.',
    remedy: 'None; the block is rejected.',
    retryable: false,
  }),
  HEADER_PRE_DIGEST: {
    meaning: 'A block does not have exactly one well-formed slot claim.',
    remedy: 'None; the block is rejected.',
    retryable: false,
  },
  HEADER_SEAL: withData<{ readonly hash: string }>({
    meaning: 'The seal of a block is missing or does not verify.',
    remedy: 'None; the block is rejected.',
    retryable: false,
  }),
  HEADER_SLOT_FUTURE: withData<{ readonly hash: string }>({
    meaning: 'The slot of a block lies in the future.',
    remedy: 'None; the block is rejected.',
    retryable: false,
  }),
  HEADER_SLOT_NOT_AFTER_PARENT: withData<{ readonly hash: string }>({
    meaning: 'The slot of a block is not after that of its parent.',
    remedy: 'None; the block is rejected.',
    retryable: false,
  }),
  HEADER_TOO_LARGE: withData<{ readonly hash: string }>({
    meaning: 'The header of a block has more than 64 KiB.',
    remedy: 'None; the block is rejected.',
    retryable: false,
  }),
  HEADER_VRF: withData<{ readonly hash: string }>({
    meaning: 'The VRF proof of a block does not verify.',
    remedy: 'None; the block is rejected.',
    retryable: false,
  }),
  HEADER_WRONG_AUTHOR: withData<{ readonly hash: string }>({
    meaning: 'A block was made by another authority than the author of its slot.',
    remedy: 'None; the block is rejected.',
    retryable: false,
  }),
  JUSTIFICATION_INVALID: withData<{ readonly reason?: string; readonly target?: string }>({
    meaning: 'A finality proof is unreadable, does not verify, or is for another block.',
    remedy: 'Ask another chain node for the proof.',
    retryable: false,
  }),
  UNCLE_INVALID: withData<{ readonly hash: string }>({
    meaning: 'A block references an uncle that is not valid, too old, or known already.',
    remedy: 'None; the block is rejected.',
    retryable: false,
  }),
  VOTE_EQUIVOCATION_INVALID: withData<{ readonly reason: string }>({
    meaning: 'A proof that a voter voted twice does not hold.',
    remedy: 'None; the report is rejected.',
    retryable: false,
  }),
  VRF_FAILED: {
    meaning: 'The VRF returned a proof that gives no output.',
    remedy: 'Report a bug with the stack trace.',
    retryable: false,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
