// A small chain of sealed headers and the keys of its authorities.
import { findR2sPreDigest, type Header } from '@cess/chain-primitives';
import { createEd25519Signer, type Ed25519Signer, vrfProofToHash, vrfProve, vrfVerify } from '@cess/crypto';
import { authorityIndexOf, claimSlot, headerHash, nextBeacon, sealHeader, type Vrf } from '../index.js';

export const vrf: Vrf = {
  prove: (seed, alpha) => vrfProve(seed, alpha),
  verify: (key, alpha, proof) => vrfVerify(key, alpha, proof),
  proofToHash: (proof) => vrfProofToHash(proof),
};

export const seeds = [1, 2, 3, 4].map((i) => new Uint8Array(32).fill(i));
export const signers: Ed25519Signer[] = seeds.map(createEd25519Signer);
export const authorities = signers.map(({ publicKey }) => publicKey);
export const genesisBeacon = new Uint8Array(64);
export const slotDurationMs = 1000;

export function plainHeader(parent: Header | undefined, fork = 0): Header {
  return {
    parent_hash: parent ? headerHash(parent) : new Uint8Array(32),
    number: parent ? parent.number + 1 : 0,
    state_root: new Uint8Array(32).fill(fork),
    extrinsics_root: new Uint8Array(32),
    digest: { logs: [] },
  };
}

/** A header as the parent in a context of verification. */
export function asParent(header: Header): { readonly hash: Uint8Array; readonly number: number } {
  return { hash: headerHash(header), number: header.number };
}

export function authoredHeader(parent: Header, previousBeacon: Uint8Array, slot: bigint): Header {
  const seat = authorityIndexOf(slot, seeds.length);
  const claim = claimSlot({ slot, authorityIndex: seat, secretSeed: seeds[seat]!, previousBeacon }, vrf);
  return sealHeader({ ...plainHeader(parent), digest: { logs: [claim] } }, signers[seat]!);
}

export function beaconAfter(header: Header, previousBeacon: Uint8Array): Uint8Array {
  return nextBeacon(previousBeacon, findR2sPreDigest(header.digest.logs)!.vrf_output);
}
