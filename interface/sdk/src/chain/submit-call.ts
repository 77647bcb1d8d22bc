import { type CallSigner, type ChainClient, type ExtrinsicSigner, type Inclusion, Submitter } from '@cess/client';
import { silentLogger } from '@cess/primitives';

/** A signer from a seed, a key file or a wallet. */
export type Signer = ExtrinsicSigner | CallSigner;

/** A call and who signs it. */
export interface SubmitCallOptions {
  readonly signer: Signer;
  /** Encoded call: `tx.Balances.transfer_keep_alive({…})`. */
  readonly call: Uint8Array;
  /** Ends only the wait: the call may still be included. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Signs a call, submits it, and resolves when it is in a finalized block, where it is exactly once. Throws `CHAIN_DISPATCH_FAILED`
 * {pallet, name}, `CHAIN_CALL_INVALID`, `CHAIN_OUTCOME_UNKNOWN`, `ABORTED`. Calls of one account at the same time need one `Submitter`.
 */
export async function submitCall(client: ChainClient, { signer, call, signal }: SubmitCallOptions): Promise<Inclusion> {
  const submitter = new Submitter({ client, signer, logger: silentLogger });
  try {
    return await submitter.submit(call, signal === undefined ? {} : { signal });
  } finally {
    await submitter.stop();
  }
}
