// State of the chain that is proven without trusting the node that returned it: a finality proof for a header, and read proofs of every
// entry against its state root.
import { type ChainClient, followVoters, verifyStorageAgainstFinality } from '@cess/client';
import type { AuthoritySet } from '@cess/consensus';
import { type CessError, fromHex } from '@cess/primitives';
import type { CliContext } from './context.js';

const keysPerProof = 64;

export interface ProvenState {
  /** The proven values; undefined for keys that are proven to be absent. */
  readonly read: (keys: readonly Uint8Array[]) => Promise<(Uint8Array | undefined)[]>;
  /** Entries that were proven so far. */
  readonly count: () => number;
}

/** The state after a finalized block. What cannot be proven throws what `invalid` makes of the reason. */
export async function provenStateAt(
  client: ChainClient,
  blockHash: Uint8Array,
  {
    authorities: trusted,
    invalid,
  }: { readonly authorities: AuthoritySet; readonly invalid: (reason: string) => CessError },
): Promise<ProvenState> {
  const { justification, header } = await client.block(blockHash);
  if (justification === undefined) throw invalid('the node gives no finality proof for its finalized block');
  const authorities = await followVoters(client, trusted);
  let count = 0;
  const read = async (keys: readonly Uint8Array[]) => {
    const values: (Uint8Array | undefined)[] = [];
    for (let at = 0; at < keys.length; at += keysPerProof) {
      const page = keys.slice(at, at + keysPerProof);
      const proof = await client.readProof(page, blockHash);
      for (const key of page) {
        const proven = verifyStorageAgainstFinality({ key, proof, header, justification, authorities });
        if (!proven.ok) throw invalid(proven.error.message);
        values.push(proven.value.type === 'present' ? proven.value.value : undefined);
        count++;
      }
    }
    return values;
  };
  return { read, count: () => count };
}

/** The authority of the option, else those of the chain specification: of this file, or of the home. */
export function trustedAuthorities(
  context: CliContext,
  authority: string | undefined,
  specFile?: string,
): AuthoritySet {
  const keys = authority === undefined ? context.chainSpec(specFile).authorities.map(({ key }) => key) : [authority];
  return { setId: 0n, authorities: keys.map((key) => ({ key: fromHex(key), weight: 1n })) };
}
