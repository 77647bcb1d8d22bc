// What the runtime tells GRANDPA in a block's digest: changes of the authority set and pauses, as consensus items of engine
// `FRNK` in Substrate's encoding. Source: Polkadot specification §3.3.2 (consensus message digest), `ConsensusLog`.
import { type Codec, fixedBytes, type Static, struct, tuple, u32, u64, variant, vec } from '@cess/codec';
import { equalBytes, utf8 } from '@cess/primitives';
import type { DigestItem } from './header.js';

/** Engine id of GRANDPA in consensus digests and in `chain_getBlock`. */
const GRANDPA_ENGINE_ID = utf8('FRNK');

const scheduledChange = struct({
  /** ed25519 keys with their weights. */
  next_authorities: vec(tuple(fixedBytes(32), u64), { max: 1024 }),
  /** Blocks after this one until the change applies. */
  delay: u32,
});

const grandpaLog = variant(
  {
    ScheduledChange: scheduledChange,
    ForcedChange: tuple(u32, scheduledChange),
    OnDisabled: u64,
    Pause: u32,
    Resume: u32,
  },
  { indices: { ScheduledChange: 1, ForcedChange: 2, OnDisabled: 3, Pause: 4, Resume: 5 } },
) satisfies Codec<unknown>;
export type GrandpaLog = Static<typeof grandpaLog>;

/** The digest item that carries `log`. */
export function grandpaDigest(log: GrandpaLog): DigestItem {
  return { type: 'Consensus', value: [GRANDPA_ENGINE_ID, grandpaLog.encode(log)] };
}

/** GRANDPA's items of a digest in their order. Throws `SCALE_MALFORMED` on a broken one. */
export function findGrandpaLogs(logs: readonly DigestItem[]): GrandpaLog[] {
  return logs.flatMap((item) =>
    item.type === 'Consensus' && equalBytes(item.value[0], GRANDPA_ENGINE_ID) ? [grandpaLog.decode(item.value[1])] : [],
  );
}
