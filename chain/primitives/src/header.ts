// Block header and its digest (docs/protocol/consensus.md). The hash of a header is BLAKE2b-256 of its encoding,
// seal included; the author signs the hash without the seal.
import { bytes, compact, fixedBytes, type Static, struct, tuple, u32, u64, unit, variant, vec } from '@cess/codec';
import { equalBytes, utf8 } from '@cess/primitives';
import { h256 } from './common.js';

/** Engine id of R²S in pre-runtime and seal digests. */
export const R2S_ENGINE_ID = utf8('R2SC');

/** Engine id of the pre-runtime item in which an author names the finalized block that it knows. */
export const FINALITY_ENGINE_ID = utf8('FINA');

const engineItem = () => tuple(fixedBytes(4), bytes({ max: 65536 }));

export const digestItem = variant(
  {
    PreRuntime: engineItem(),
    Consensus: engineItem(),
    Seal: engineItem(),
    Other: bytes({ max: 65536 }),
    RuntimeEnvironmentUpdated: unit,
  },
  {
    path: ['sp_runtime', 'generic', 'digest', 'DigestItem'],
    indices: { PreRuntime: 6, Consensus: 4, Seal: 5, Other: 0, RuntimeEnvironmentUpdated: 8 },
  },
);
export type DigestItem = Static<typeof digestItem>;

export const digest = struct(
  { logs: vec(digestItem, { max: 64 }) },
  { path: ['sp_runtime', 'generic', 'digest', 'Digest'] },
);

export const header = struct(
  { parent_hash: h256, number: compact(u32), state_root: h256, extrinsics_root: h256, digest },
  {
    path: ['sp_runtime', 'generic', 'header', 'Header'],
    params: [{ name: 'Number', type: u32.type }, { name: 'Hash' }],
  },
);
/** The header of a block; hashes are 32 bytes. */
export type Header = Static<typeof header>;

/** What the author claims before the block's content: its slot, its seat, and the VRF over (beacon, slot). */
const r2sPreDigest = struct({
  slot: u64,
  authority_index: u32,
  vrf_output: fixedBytes(64),
  vrf_proof: fixedBytes(80),
});
export type R2sPreDigest = Static<typeof r2sPreDigest>;

/** The pre-runtime item that carries `preDigest`. */
export function r2sPreRuntime(preDigest: R2sPreDigest): DigestItem {
  return { type: 'PreRuntime', value: [R2S_ENGINE_ID, r2sPreDigest.encode(preDigest)] };
}

/** The R²S pre-digest of a header's digest; undefined when there is none. Throws `SCALE_MALFORMED` on a broken one. */
export function findR2sPreDigest(logs: readonly DigestItem[]): R2sPreDigest | undefined {
  for (const item of logs) {
    if (item.type === 'PreRuntime' && equalBytes(item.value[0], R2S_ENGINE_ID))
      return r2sPreDigest.decode(item.value[1]);
  }
  return undefined;
}

/** The pre-runtime item that names the finalized block that the author knows. */
export function finalityPreRuntime(finalized: number): DigestItem {
  return { type: 'PreRuntime', value: [FINALITY_ENGINE_ID, u32.encode(finalized)] };
}

/** The finalized block that the author of a header names; undefined if it names none. Throws `SCALE_MALFORMED`. */
export function findFinalityClaim(logs: readonly DigestItem[]): number | undefined {
  for (const item of logs) {
    if (item.type === 'PreRuntime' && equalBytes(item.value[0], FINALITY_ENGINE_ID)) return u32.decode(item.value[1]);
  }
  return undefined;
}
