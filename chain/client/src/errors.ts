// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

/** JSON-RPC codes of a node that is overloaded, that failed unexpectedly, or that does not know the block (yet). */
const retryableRpcCodes: ReadonlySet<number> = new Set([-32005, -32603, -32004]);

export const errors = declareErrors({
  CHAIN_BLOCK_UNKNOWN: {
    meaning: 'The chain node does not have this block, or no longer keeps it.',
    remedy: 'Use a newer block, or a node that keeps more blocks.',
    retryable: true,
  },
  CHAIN_CALL_INVALID: {
    meaning: 'The chain does not accept the call into its pool.',
    remedy: 'Follow the advice in the message: balance, nonce, or a call that is not due.',
    retryable: true,
  },
  CHAIN_CHANGED: {
    meaning: 'After a reconnection the chain node belongs to another chain.',
    remedy: 'Check the address of the node and its data folder, then restart.',
    retryable: false,
    isMisconfiguration: true,
  },
  CHAIN_DISPATCH_FAILED: withData<{ readonly pallet?: string; readonly name?: string }>({
    meaning: 'The chain included the call and its execution failed; `pallet` and `name` give the error.',
    remedy: 'Look up the error in the metadata of the pallet.',
    retryable: false,
  }),
  CHAIN_NODE_LIES: {
    meaning: 'The chain node answered with data that does not match its own hash.',
    remedy: 'Connect to a node that you trust.',
    retryable: true,
  },
  CHAIN_OUTCOME_UNKNOWN: {
    meaning: 'The call is in a finalized block whose events are no longer kept.',
    remedy: 'Read the state of the chain to find the outcome.',
    retryable: true,
  },
  CHAIN_SUBMITTER_BUSY: {
    meaning: 'Too many calls wait for the chain.',
    remedy: 'Try again later.',
    retryable: true,
  },
  CHAIN_SUBMITTER_STOPPED: {
    meaning: 'The process stopped before the outcome of the call was known.',
    remedy: 'Read the state of the chain after the restart.',
    retryable: true,
  },
  FILE_NOT_ON_CHAIN: {
    meaning: 'The finalized chain has no such file.',
    remedy: 'Wait some seconds if it was stored a moment ago; it may also have been deleted.',
    retryable: false,
  },
  FILE_PROOF_INVALID: withData<{ readonly reason: string }>({
    meaning: 'The record of a file does not verify against the finalized chain.',
    remedy: 'Connect to a chain node that you trust.',
    retryable: false,
  }),
  LIGHT_ANSWER_MALFORMED: withData<{ readonly method: string; readonly reason: string }>({
    meaning: 'The chain node answered a light client with something of another form or size than the method has.',
    remedy: 'Connect to another chain node.',
    retryable: true,
  }),
  LIGHT_CHECKPOINT_INVALID: withData<{ readonly reason: string }>({
    meaning: 'A checkpoint or chain specification that a light client shall trust is unreadable.',
    remedy: 'Export the checkpoint again, or use the chain specification of the network.',
    retryable: false,
  }),
  LIGHT_FINALITY_CONFLICT: withData<{ readonly number: number }>({
    meaning: 'Two blocks of different branches are final: a third of the voters or more signed both.',
    remedy: 'Do not rely on this chain before its operators explain the conflict; keep both proofs.',
    retryable: true,
  }),
  LIGHT_HEAD_OLD: withData<{ readonly number: number; readonly ageMs: number }>({
    meaning:
      'The newest finalized block that the chain node shows is too old: the node hides newer ones, or finality stands.',
    remedy: 'Ask another chain node; if it shows the same block, finality stands. Check the clock of this machine.',
    retryable: true,
  }),
  LIGHT_HEAD_REWOUND: withData<{ readonly number: number; readonly known: number }>({
    meaning: 'The chain node shows an older finalized block than the light client has verified before.',
    remedy: 'Wait until the node has caught up, or connect to another one.',
    retryable: true,
  }),
  LIGHT_NOT_SYNCED: {
    meaning: 'A light client was asked for state before it verified a finalized block.',
    remedy: 'Call sync() or whenSynced() first.',
    retryable: true,
  },
  LIGHT_PROOF_MISSING: withData<{ readonly number: number }>({
    meaning: 'The chain node gives no finality proof for a block that it calls finalized.',
    remedy: 'Try again, or connect to another chain node.',
    retryable: true,
  }),
  LIGHT_REFUSED: withData<{ readonly code: string }>({
    meaning: 'An answer of the chain node to a light client that follows did not verify; `code` says why.',
    remedy: 'Follow the remedy of that code; the client keeps what it verified before and tries again.',
    retryable: true,
  }),
  LIGHT_SET_UNKNOWN: withData<{ readonly number: number }>({
    meaning: 'Who finalized a block cannot be proven: it lies before the checkpoint.',
    remedy: 'Use a light client that trusts the chain specification, or an earlier checkpoint.',
    retryable: false,
  }),
  LIGHT_WRONG_CHAIN: withData<{ readonly expected: string; readonly found: string }>({
    meaning: 'The chain node belongs to a chain with another genesis than the light client trusts.',
    remedy: 'Check the address of the node and the chain specification.',
    retryable: true,
  }),
  RPC_CLOSED: {
    meaning: 'The connection to the chain was used after it was closed.',
    remedy: 'Report a bug with the stack trace, unless the process was shutting down.',
    retryable: true,
  },
  RPC_DISCONNECTED: {
    meaning: 'The connection to the chain node broke.',
    remedy: 'Check the node; the connection is re-established.',
    retryable: true,
  },
  RPC_ERROR: withData<{ readonly rpcCode: number; readonly detail?: string }>({
    meaning: 'The chain node answered a call with an error.',
    remedy: 'Follow the detail in the message.',
    retryable: ({ rpcCode }) => retryableRpcCodes.has(rpcCode),
  }),
  RPC_OVERLOADED: {
    meaning: 'Too many calls wait for the chain node.',
    remedy: 'Try again later; if it persists, the node is too slow for its load.',
    retryable: true,
  },
  RPC_TIMEOUT: withData<{ readonly method?: string }>({
    meaning: 'The chain node cannot be reached or did not answer in time.',
    remedy: 'Check that the node runs and that its endpoint is right.',
    retryable: true,
  }),
  WALLET_UNUSABLE: {
    meaning: 'A wallet does not offer what is needed to sign, or gave a signature that cannot be read.',
    remedy: 'Choose another account or wallet.',
    retryable: false,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
