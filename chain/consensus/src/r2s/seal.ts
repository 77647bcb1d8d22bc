// Claim and seal of a block: the pre-runtime digest says who authors which slot and carries the VRF; the seal, the
// last digest item, is the author's ed25519 signature over the hash of the header without it.
import {
  type DigestItem,
  type Header,
  header as headerCodec,
  R2S_ENGINE_ID,
  r2sPreRuntime,
} from '@cess/chain-primitives';
import { blake2_256, type Ed25519Signer } from '@cess/crypto';
import { CessError, equalBytes } from '@cess/primitives';
import { type Vrf, vrfInput } from './beacon.js';

/** BLAKE2b-256 of the encoded header. */
export function headerHash(header: Header): Uint8Array {
  return blake2_256(headerCodec.encode(header));
}

export interface SlotClaim {
  readonly slot: bigint;
  readonly authorityIndex: number;
  /** Seed of the authority's ed25519 key, which is also its VRF key. */
  readonly secretSeed: Uint8Array;
  /** Beacon after the parent block. */
  readonly previousBeacon: Uint8Array;
}

/** The pre-runtime digest item of a block in this slot. */
export function claimSlot(claim: SlotClaim, vrf: Vrf): DigestItem {
  const proof = vrf.prove(claim.secretSeed, vrfInput(claim.previousBeacon, claim.slot));
  const output = vrf.proofToHash(proof);
  if (!output) throw new CessError('VRF_FAILED', 'The VRF gave a proof without output.');
  return r2sPreRuntime({
    slot: claim.slot,
    authority_index: claim.authorityIndex,
    vrf_output: output,
    vrf_proof: proof,
  });
}

/** The header with its seal. */
export function sealHeader(unsealed: Header, signer: Ed25519Signer): Header {
  const signature = signer.sign(headerHash(unsealed));
  return withLogs(unsealed, [...unsealed.digest.logs, { type: 'Seal', value: [R2S_ENGINE_ID, signature] }]);
}

/** The header as it was before sealing, and the signature; undefined when the last digest item is no R²S seal. */
export function splitSeal(sealed: Header): { unsealed: Header; signature: Uint8Array } | undefined {
  const last = sealed.digest.logs.at(-1);
  if (last?.type !== 'Seal' || !equalBytes(last.value[0], R2S_ENGINE_ID)) return undefined;
  return { unsealed: withLogs(sealed, sealed.digest.logs.slice(0, -1)), signature: last.value[1] };
}

function withLogs(header: Header, logs: readonly DigestItem[]): Header {
  return { ...header, digest: { logs } };
}
