// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  BLOCK_BELOW_FINALIZED: withData<{ readonly hash: string }>({
    meaning: 'A block competes with a finalized one.',
    remedy: 'None; the block is rejected.',
    retryable: false,
  }),
  BLOCK_INHERENT_REFUSED: {
    meaning: 'The runtime rejected the inherent extrinsics of its own node.',
    remedy: 'Report a bug with the log.',
    retryable: false,
  },
  BLOCK_KNOWN: withData<{ readonly hash: string }>({
    meaning: 'The node has already imported this block.',
    remedy: 'None.',
    retryable: false,
  }),
  BLOCK_PARENT_UNKNOWN: withData<{ readonly hash: string }>({
    meaning: 'The parent of a block is not known yet.',
    remedy: 'Import the parent first.',
    retryable: false,
  }),
  BLOCK_STATE_MISMATCH: withData<{ readonly hash: string; readonly stateRoot: string; readonly expected: string }>({
    meaning: 'Executing a block gives another header than it carries.',
    remedy: 'Compare the versions of the nodes; report a bug if they are equal.',
    retryable: false,
  }),
  BLOCK_UNKNOWN: withData<{ readonly hash?: string }>({
    meaning: 'The node does not know this block, or no longer keeps its body.',
    remedy: 'Check the hash, or ask a node that keeps more blocks.',
    retryable: false,
  }),
  HISTORY_INVALID: withData<{ readonly hash: string }>({
    meaning: 'A block that was fetched for the history is not the one that the chain names.',
    remedy: 'None; the node asks another peer.',
    retryable: false,
  }),
  STATE_IMPORT_NONE: {
    meaning: 'No import of a state is under way.',
    remedy: 'Report a bug with the log.',
    retryable: false,
  },
  STATE_IMPORT_TOO_LATE: {
    meaning: 'The chain has blocks, so the state of another block is not imported.',
    remedy: 'Start with an empty data folder, or with the setting "sync": "full".',
    retryable: false,
  },
  CHAIN_SPEC_INVALID: withData<{ readonly reason: string }>({
    meaning: 'The chain specification is not valid.',
    remedy: 'Correct the chain specification as the message says.',
    retryable: false,
    isMisconfiguration: true,
  }),
  ENGINE_BUSY: {
    meaning: 'Too many requests wait for the chain engine.',
    remedy: 'Try again later; if it persists, the machine is too slow for its load.',
    retryable: true,
  },
  ENGINE_FAILED: {
    meaning: 'The thread of the chain engine failed.',
    remedy: 'Read the log for the cause, then restart the node.',
    retryable: false,
  },
  ENGINE_STOPPED: withData<{ readonly code?: number }>({
    meaning: 'The chain engine is stopped.',
    remedy: 'Start the node.',
    retryable: false,
  }),
  FINALITY_BLOCK_UNKNOWN: withData<{ readonly hash: string; readonly number: number }>({
    meaning: 'A finality proof names a block that the node does not have.',
    remedy: 'Wait until the block is imported, then give the proof again.',
    retryable: true,
  }),
  FINALITY_CONFLICT: withData<{ readonly hash: string; readonly number: number }>({
    meaning:
      'A finality proof conflicts with a block that is final already: a third of the authorities or more cheated.',
    remedy: 'Stop the node and compare its finalized blocks with those of others before anything is trusted.',
    retryable: false,
  }),
  FINALITY_SET_UNKNOWN: withData<{ readonly hash: string; readonly number: number }>({
    meaning: 'A finality proof is by voters whose set an earlier block announces that is not final yet.',
    remedy: 'Give the proof of the earlier block first.',
    retryable: true,
  }),
  NODE_NOT_STARTED: {
    meaning: 'The chain node was used before it started or after it stopped.',
    remedy: 'Start the node.',
    retryable: false,
  },
  POOL_WATCH_LIMIT: {
    meaning: 'Too many transactions are being watched.',
    remedy: 'Try again later, or submit without watching.',
    retryable: true,
  },
  RPC_CALL_LIMIT: {
    meaning: 'A runtime call took too long or too much memory.',
    remedy: 'Ask for less at a time.',
    retryable: false,
  },
  RPC_LISTEN_FAILED: withData<{ readonly port: number }>({
    meaning: 'The RPC server cannot listen on its address.',
    remedy: 'Check the address and port in the configuration.',
    retryable: false,
  }),
  RPC_PORT_IN_USE: withData<{ readonly port: number }>({
    meaning: 'Another program uses the RPC port.',
    remedy: 'Stop that program or configure another RPC port.',
    retryable: false,
  }),
  RPC_SUBSCRIPTION_LIMIT: {
    meaning: 'A connection has too many subscriptions.',
    remedy: 'Unsubscribe from some, or open another connection.',
    retryable: false,
  },
  SLOT_OF_ANOTHER: withData<{ readonly slot: string }>({
    meaning: 'The slot is the turn of another author.',
    remedy: 'None; the author waits for its turn.',
    retryable: true,
  }),
  SLOT_TAKEN: withData<{ readonly slot: string; readonly leadSeconds: number }>({
    meaning: 'The best block already has this slot or a later one.',
    remedy: 'None; the author waits for the next slot.',
    retryable: true,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
