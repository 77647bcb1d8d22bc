// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  BLOCK_INVALID: withData<{
    readonly reason?: string;
    readonly number?: number;
    readonly parent?: number;
    readonly index?: number;
    readonly type?: string;
    readonly value?: unknown;
  }>({
    meaning: 'A block breaks a rule of the runtime.',
    remedy: 'None; the block is rejected. If your own node made it, report a bug.',
    retryable: false,
  }),
  BLOCK_NOT_OPEN: {
    meaning: 'An extrinsic was applied outside of a block.',
    remedy: 'Report a bug with the stack trace.',
    retryable: false,
  },
  CALL_UNKNOWN: withData<{ readonly pallet: string; readonly call: string }>({
    meaning: 'An extrinsic names a call that the runtime does not have.',
    remedy: 'Update the client to the metadata of this chain.',
    retryable: false,
  }),
  EXTRINSIC_MALFORMED: {
    meaning: 'Bytes are not an extrinsic of this runtime.',
    remedy: 'Update the client to the metadata of this chain.',
    retryable: false,
  },
  GENESIS_INVALID: withData<{ readonly reason: string }>({
    meaning: 'The genesis configuration is not valid.',
    remedy: 'Correct the genesis configuration as the message says.',
    retryable: false,
  }),
  RUNTIME_API_UNKNOWN: withData<{ readonly name: string }>({
    meaning: 'A runtime API was called that the runtime does not have.',
    remedy: 'Update the client to the metadata of this chain.',
    retryable: false,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
