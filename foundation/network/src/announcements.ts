// Where the DHT is asked for nodes of a role at a place: keys of announcements, split into shards because a node of the DHT keeps
// only so many announcements for one key (docs/protocol/network.md §7).
import { sha256 } from '@cess/crypto';
import { byteAt, toHex, utf8 } from '@cess/primitives';
import { CID } from 'multiformats/cid';
import { create as createDigest } from 'multiformats/hashes/digest';
import { type CapabilityRecord, type NetworkRole, placesAround } from './capability-record.js';

const shardCount = 4;
const everywhere = '*';
/** Codes of the multiformats table. */
const sha256Code = 0x12;
const rawCode = 0x55;

/** Keys under which a record is announced: for each role, everywhere and at each place around it. */
export function announcementsOf({ genesis, key, roles, place }: CapabilityRecord): readonly CID[] {
  const shard = byteAt(sha256(key), 0) % shardCount;
  const places = [everywhere, ...placesAround(place)];
  return roles.flatMap((role) => places.map((where) => announcementKey(genesis, role, where, shard)));
}

/** Keys under which nodes of a role at a place, or anywhere, are announced: one for each shard. */
export function announcementsAt(genesis: Uint8Array, role: NetworkRole, place: string | undefined): readonly CID[] {
  const shards = Array.from({ length: shardCount }, (_, shard) => shard);
  return shards.map((shard) => announcementKey(genesis, role, place ?? everywhere, shard));
}

function announcementKey(genesis: Uint8Array, role: NetworkRole, place: string, shard: number): CID {
  const name = `CESS/announcement/v1/${toHex(genesis)}/${role}/${place}/${shard}`;
  return CID.createV1(rawCode, createDigest(sha256Code, sha256(utf8(name))));
}
