// Proofs of misbehaviour, as nodes make them.
import { type Header, r2sPreRuntime } from '@cess/chain-primitives';
import {
  createEquivocationProof,
  encodeEquivocationProof,
  encodeVoteEquivocation,
  sealHeader,
  votePayload,
} from '@cess/consensus';
import { toHex } from '@cess/primitives';
import type { alice } from './harness.js';

type Signer = typeof alice;

/** Two blocks of one slot; with so many more bytes each. */
export function twoBlocks(signer: Signer, slot: bigint, paddingBytes = 0): Uint8Array {
  const sealed = (filling: number): Header => {
    const claim = { slot, authority_index: 0, vrf_output: new Uint8Array(64), vrf_proof: new Uint8Array(80) };
    const padding = { type: 'Other', value: new Uint8Array(paddingBytes) } as const;
    return sealHeader(
      {
        parent_hash: new Uint8Array(32),
        number: 1,
        state_root: new Uint8Array(32).fill(filling),
        extrinsics_root: new Uint8Array(32),
        digest: { logs: [r2sPreRuntime(claim), ...(paddingBytes === 0 ? [] : [padding])] },
      },
      signer,
    );
  };
  return encodeEquivocationProof(createEquivocationProof(signer.publicKey, slot, [sealed(1), sealed(2)]));
}

/** Two prevotes of one round. */
export function twoVotes(signer: Signer, setId: number, round = 3): Uint8Array {
  const voter = toHex(signer.publicKey);
  const ballot = (filling: number) => {
    const target = { hash: toHex(new Uint8Array(32).fill(filling)), number: 5 };
    return { target, signature: signer.sign(votePayload({ kind: 'prevote', round, setId, target })) };
  };
  return encodeVoteEquivocation({ setId, round, phase: 'prevote', voter, first: ballot(1), second: ballot(2) });
}
