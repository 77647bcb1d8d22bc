// Grandpa: which keys vote about finality, and the number of their set (docs/protocol/grandpa.md §7). Nodes, light clients and
// enclaves follow the sets by the announcements in headers; the state says the same for whoever reads it.
import { fixedBytes, type Static, struct, tuple, u64, vec } from '@cess/codec';
import { declarePallet, defineEvents } from '../../frame/declaration.js';
import { storageOf, twoxConcat } from '../../frame/storage.js';

const id = { name: 'Grandpa', index: 16 } as const;
const at = storageOf(id.name);

const authorityList = vec(tuple(fixedBytes(32), u64), { max: 1024 });
export type AuthorityList = Static<typeof authorityList>;

export const grandpaStorage = {
  CurrentSetId: at.valueOr('CurrentSetId', u64, 0n, ['Number of the set; it votes from the next block on.']),
  Authorities: at.valueOr('Authorities', authorityList, [], ['Keys of the set with their weights.']),
  SetEras: at.map('SetEras', [twoxConcat(u64)], u64, ['Era in which a set began.']),
};

export const grandpaEvents = defineEvents(id, {
  NewAuthorities: struct({ set_id: u64, authority_set: authorityList }),
});

export const grandpa = declarePallet({
  id,
  docs: 'The voters of finality.',
  storage: grandpaStorage,
  events: grandpaEvents,
});
