// Names of peers. A peer is its Ed25519 node key; its peer id is the text form of that key as libp2p writes it (identity
// multihash in base58, `12D3KooW…`). Peers with keys of other types are refused (docs/protocol/network.md §1).
import { type Branded, CessError } from '@cess/primitives';
import { publicKeyFromRaw } from '@libp2p/crypto/keys';
import type { PeerId as Libp2pPeerId } from '@libp2p/interface';
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id';

/** Text form of a node key: `12D3KooW…`. */
export type PeerId = Branded<string, 'PeerId'>;

/** The peer id of a 32-byte Ed25519 public key. */
export function peerIdOfKey(key: Uint8Array): PeerId {
  return peerIdFromPublicKey(publicKeyFromRaw(key)).toString() as PeerId;
}

/** The 32-byte Ed25519 public key of a peer id. Throws `NETWORK_PEER_ID_MALFORMED`. */
export function keyOfPeerId(peer: string): Uint8Array {
  const key = ed25519KeyOf(parsePeerId(peer));
  if (key === undefined) throw malformedPeerId(peer);
  return key;
}

/** For libp2p. Throws `NETWORK_PEER_ID_MALFORMED`. */
export function parsePeerId(peer: string): Libp2pPeerId {
  try {
    return peerIdFromString(peer);
  } catch (error) {
    throw malformedPeerId(peer, error);
  }
}

/** Undefined for a key of another type. */
export function ed25519KeyOf(peer: Libp2pPeerId): Uint8Array | undefined {
  return peer.type === 'Ed25519' ? peer.publicKey.raw : undefined;
}

export function peerIdText(peer: Libp2pPeerId): PeerId {
  return peer.toString() as PeerId;
}

function malformedPeerId(peer: string, cause?: unknown): CessError<'NETWORK_PEER_ID_MALFORMED'> {
  const shown = peer.slice(0, 80);
  return new CessError(
    'NETWORK_PEER_ID_MALFORMED',
    `"${shown}" is not the peer id of an Ed25519 key.`,
    { peer: shown },
    { cause },
  );
}
