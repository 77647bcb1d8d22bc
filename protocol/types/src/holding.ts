// The attestation that a provider signs once per declaration batch (docs/protocol/data-path.md §9), over its fragments in it.
//   digest = SHA-256("CESS/holding/v2" ‖ genesis ‖ u32 provider ‖ gateway account ‖ u32 until ‖ SHA-256(entries))
//   entry  = FileId ‖ u32 segment ‖ u16 fragment index ‖ fragment root ‖ u32 fragment length
// Entries are in the order of the batch. All integers are little-endian.
import { sha256 } from '@cess/crypto';
import { concatBytes, invariant, utf8 } from '@cess/primitives';

const holdingDomain = utf8('CESS/holding/v2');
const entrySizeBytes = 32 + 4 + 2 + 32 + 4;

export interface HoldingEntry {
  readonly fileId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
  readonly root: Uint8Array;
  readonly length: number;
}

export interface HoldingClaim {
  readonly genesis: Uint8Array;
  /** Index of the provider on chain. */
  readonly provider: number;
  /** The account that may declare. */
  readonly gateway: Uint8Array;
  /** Last block in which the chain accepts the attestation. */
  readonly until: number;
  readonly entries: readonly HoldingEntry[];
}

/** The 32-byte digest that the provider's node key signs. */
export function holdingDigest({ genesis, provider, gateway, until, entries }: HoldingClaim): Uint8Array {
  invariant(genesis.length === 32 && gateway.length === 32, 'genesis and gateway are 32 bytes');
  const bytes = new Uint8Array(entries.length * entrySizeBytes);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const entry of entries) {
    bytes.set(entry.fileId, offset);
    view.setUint32(offset + 32, entry.segment, true);
    view.setUint16(offset + 36, entry.fragment, true);
    bytes.set(entry.root, offset + 38);
    view.setUint32(offset + 70, entry.length, true);
    offset += entrySizeBytes;
  }
  return sha256(concatBytes(holdingDomain, genesis, u32(provider), gateway, u32(until), sha256(bytes)));
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** The message that a node key signs at registration to prove possession of the key. */
export function nodeKeyPossessionMessage(genesis: Uint8Array, account: Uint8Array): Uint8Array {
  return concatBytes(utf8('CESS/node-key/v1'), genesis, account);
}
