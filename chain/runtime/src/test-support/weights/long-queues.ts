// Long queues of the hooks, as entries of the state. Only the heads, which the measured blocks reach, have everything behind
// them; the rest of a queue makes it long.
import { invariant } from '@cess/primitives';
import type { Externalities } from '../../externalities.js';
import { query } from '../../index.js';
import type { StorageScenario } from '../storage-scenario.js';
import { derived, MAX_ASKED, UNKNOWN_KEY } from './states.js';

type Entry = readonly [Uint8Array, Uint8Array];

/** Entries of a queue that have what they name. */
const HEAD = 4000;
const FRAGMENTS = 12;
const LENGTH = 5000;
/** Number of the first provider beside those of the scenario. */
const FIRST = 1000;

/** Takes entries in place of a state. */
function recorded(write: (at: { readonly ext: Externalities }) => void): Entry[] {
  const entries: Entry[] = [];
  const refuse = (): never => {
    throw new Error('a recorder only takes entries');
  };
  const ext: Externalities = {
    put: (key, value) => void entries.push([key, value]),
    get: refuse,
    delete: refuse,
    keys: refuse,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    storageRoot: refuse,
    extrinsicsRoot: refuse,
  };
  write({ ext });
  return entries;
}

/** Ids in the order of a queue. */
function idsOf(name: string, count: number): Uint8Array[] {
  const ids = Array.from({ length: count }, (_, index) => derived(`${name} ${index}`));
  return ids.sort((a, b) => Buffer.compare(a, b));
}

function providerInfo(chain: StorageScenario) {
  const info = query.Sminer.Miners.get(chain, 0);
  invariant(info, 'the first provider is registered');
  return info;
}

/** Providers with stake that unbonds. */
function manyProviders(chain: StorageScenario, count: number): Entry[] {
  const info = { ...providerInfo(chain), service_space: 2n ** 39n, fragment_count: 2n ** 30n };
  const account = query.System.Account.get(chain, info.account);
  const staked = query.Balances.Holds.get(chain, info.account);
  const unbonding = staked.map((hold) => ({ ...hold, id: { type: 'Sminer' as const, value: 'Unbonding' as const } }));
  return recorded((at) => {
    for (let provider = FIRST; provider < FIRST + count; provider++) {
      const own = derived(`provider ${provider}`);
      query.Sminer.Miners.put(at, provider, { ...info, account: own });
      query.System.Account.put(at, own, account);
      query.Balances.Holds.put(at, own, unbonding);
    }
  });
}

export function providersOf(chain: StorageScenario, count: number): Entry[] {
  const total = query.Sminer.TotalServiceSpace.get(chain);
  const space = recorded((at) => query.Sminer.TotalServiceSpace.put(at, total + 2n ** 60n));
  return [...space, ...manyProviders(chain, count)];
}

function putFile(at: { readonly ext: Externalities }, id: Uint8Array, holderOf: (fragment: number) => number): void {
  const shape = { k: 4, n: FRAGMENTS, ciphertext_length: 4 * LENGTH, fragment_length: LENGTH, root: id };
  query.FileBank.Segments.put(at, id, 0, shape);
  for (let fragment = 0; fragment < FRAGMENTS; fragment++) {
    const holder = holderOf(fragment);
    query.FileBank.Fragments.put(at, id, 0, fragment, { root: id, holder, declared_at: 1, restored: 0 });
    query.FileBank.HeldBy.put(at, holder, id, 0, fragment, undefined);
  }
}

function putRecord(at: { readonly ext: Externalities }, id: Uint8Array, index: number): void {
  query.FileBank.Files.put(at, id, {
    owner: derived(`owner ${index}`),
    territory: new Uint8Array(3),
    order_id: id,
    gateway: id,
    segment_count: 1,
    size: 1n,
    stored_bytes: BigInt(LENGTH * FRAGMENTS),
    state: 'Active',
    declared_at: 1,
  });
}

export function deletions(_chain: StorageScenario, length: number): Entry[] {
  const ids = idsOf('deleted', length);
  return recorded((at) => {
    for (const [index, id] of ids.entries()) {
      const info = { order_id: id, next_segment: 0, segment_count: 1, deleted_at: 1 };
      query.FileBank.PendingDeletion.put(at, id, info);
      if (index < HEAD) putFile(at, id, (fragment) => FIRST + ((index * FRAGMENTS + fragment) % 5000));
    }
  });
}

/** The last of the other providers leaves with so many fragments. */
export function departures(chain: StorageScenario, length: number): Entry[] {
  const leaving = FIRST + 20_000;
  const info = {
    ...providerInfo(chain),
    account: derived('leaving'),
    service_space: 2n ** 39n,
    fragment_count: 2n ** 30n,
  };
  const first = providerInfo(chain).account;
  const account = query.System.Account.get(chain, first);
  const staked = query.Balances.Holds.get(chain, first);
  const ids = idsOf('held', length);
  return recorded((at) => {
    query.Sminer.Miners.put(at, leaving, { ...info, state: 'Expelled' });
    query.Sminer.LeavingSpace.put(at, info.declared_space);
    query.System.Account.put(at, info.account, account);
    query.Balances.Holds.put(at, info.account, staked);
    query.FileBank.Departing.put(at, leaving, { after: undefined });
    for (const [index, id] of ids.entries()) {
      query.FileBank.HeldBy.put(at, leaving, id, 0, 0, undefined);
      if (index >= HEAD) continue;
      putFile(at, id, (fragment) => (fragment === 0 ? leaving : FIRST + ((index * FRAGMENTS + fragment) % 5000)));
      putRecord(at, id, index);
    }
  });
}

interface Round {
  readonly position: number;
  readonly deadline: number;
  readonly slots: number;
}

/** A registry with an open round. */
function putRound(at: { readonly ext: Externalities }, provider: number, { position, deadline, slots }: Round): void {
  const registry = { slots, live: slots, bytes: 9n, proven_bytes: 0n, round: 1, position, since: 0 };
  query.Audit.Registries.put(at, provider, UNKNOWN_KEY, { ...registry, passed_at: undefined, strikes: 0 });
  const seed = new Uint8Array(64).fill(provider);
  const round = { round: 0, opened_at: 1, seed, frozen: slots, bytes: 9n };
  query.Audit.Challenges.put(at, provider, UNKNOWN_KEY, { ...round, deadline, state: { type: 'Open' } });
  query.Audit.Deadlines.put(at, deadline, provider, UNKNOWN_KEY, undefined);
}

function putSlots(at: { readonly ext: Externalities }, provider: number, count: number): void {
  const fileId = derived('audited');
  const entry = { tag_id: fileId, file_id: fileId, segment: 0, length: LENGTH, gone_at: undefined };
  for (let slot = 0; slot < count; slot++)
    query.Audit.Slots.put(at, provider, UNKNOWN_KEY, slot, { ...entry, fragment: slot });
}

export function deadlines(chain: StorageScenario, length: number, slots = MAX_ASKED): Entry[] {
  const count = query.Audit.RegistryCount.get(chain);
  return recorded((at) => {
    query.Audit.RegistryCount.put(at, count + length);
    for (let index = 0; index < length; index++) {
      query.Audit.Order.put(at, count + index, { miner: FIRST + index, key_id: UNKNOWN_KEY });
      putRound(at, FIRST + index, { position: count + index, deadline: 2, slots });
    }
    // Deadlines of one block are processed in the order of a hash: every registry needs what its round reads.
    for (let index = 0; index < length; index++) putSlots(at, FIRST + index, slots);
  });
}

export function releases(_chain: StorageScenario, length: number): Entry[] {
  return recorded((at) => {
    for (let index = 0; index < length; index++) {
      query.Sminer.Unbonding.put(at, 2, FIRST + index, { amount: 1n, since: 1 });
      query.Sminer.UnbondingTotal.put(at, FIRST + index, 1n);
    }
  });
}

const OTHERS = 10_000;
const NEVER = 2 ** 31;

/** Providers, rounds, files and accounts, none of which is due. */
export function others(chain: StorageScenario): Entry[] {
  const files = idsOf('other', OTHERS);
  const account = query.System.Account.get(chain, providerInfo(chain).account);
  return [
    ...manyProviders(chain, OTHERS),
    ...recorded((at) => {
      for (const [index, id] of files.entries()) {
        putFile(at, id, (fragment) => FIRST + ((index * FRAGMENTS + fragment) % OTHERS));
        putRecord(at, id, index);
        // Providers with a question release no stake: these are further ones.
        putRound(at, FIRST + OTHERS + index, { position: FIRST + index, deadline: NEVER, slots: MAX_ASKED });
        putSlots(at, FIRST + OTHERS + index, MAX_ASKED);
        query.System.Account.put(at, derived(`owner ${index}`), account);
      }
    }),
  ];
}
