// What the chain records of fragments: who holds them, since when, their tags, the last audit round that they passed, and repairs.
import { query } from '@cess/client';
import type { FinalizedState } from '@cess/object-receipt';
import { delay, handledElsewhere, isCessError, isRetryable, toHex } from '@cess/primitives';
import type { FragmentPlace } from '../chain-port.js';

export interface FragmentOnChain {
  /** Index of the provider that holds it; null while nobody does. */
  readonly provider: number | null;
  /** Block since which that is so. */
  readonly since: number;
  /** How often it was restored. */
  readonly restored: number;
  readonly taggedAt: number | null;
  /** Block that opened the last round that the holder passed since the fragment was tagged. */
  readonly provenAt: number | null;
  /** The open order to restore it. */
  readonly restoral: { readonly reason: string; readonly openedAt: number; readonly claimedBy: number | null } | null;
}

export interface FragmentsOnChain {
  /** Number of the finalized block. */
  readonly block: number;
  /** In the order of the places; undefined for fragments that the chain does not know. */
  readonly fragments: readonly (FragmentOnChain | undefined)[];
}

type Read = FinalizedState['read'];

const placesPerRead = 256;
const maxWaitMs = 3_000;

/** Undefined when the chain does not answer in time. */
export async function fragmentsOnChain(
  finalizedState: () => Promise<Pick<FinalizedState, 'header' | 'read'>>,
  places: readonly FragmentPlace[],
  signal: AbortSignal,
): Promise<FragmentsOnChain | undefined> {
  const waiting = new AbortController();
  const readAll = async (): Promise<FragmentsOnChain> => {
    const { header, read } = await finalizedState();
    const fragments: (FragmentOnChain | undefined)[] = [];
    for (let at = 0; at < places.length; at += placesPerRead) {
      signal.throwIfAborted();
      waiting.signal.throwIfAborted();
      fragments.push(...(await readFragments(read, places.slice(at, at + placesPerRead))));
    }
    return { block: header.number, fragments };
  };
  const facts = readAll();
  const tooLate = delay(maxWaitMs, waiting.signal).then(() => undefined);
  for (const promise of [facts, tooLate]) handledElsewhere(promise);
  try {
    return await Promise.race([facts, tooLate]);
  } catch (error) {
    if (isRetryable(error) || isCessError(error, 'OBJECT_RECEIPT_UNPROVABLE')) return undefined;
    throw error;
  } finally {
    waiting.abort();
  }
}

async function readFragments(read: Read, places: readonly FragmentPlace[]): Promise<(FragmentOnChain | undefined)[]> {
  const { Fragments, RestoralOrders } = query.FileBank;
  const { Tags } = query.Audit;
  const values = await read(
    places.flatMap(({ fileId, segment, fragment }) => [
      Fragments.key(fileId, segment, fragment),
      Tags.key(fileId, segment, fragment),
      RestoralOrders.key(fileId, segment, fragment),
    ]),
  );
  const records = places.map((_, index) => ({
    info: Fragments.decodeValue(values[3 * index]),
    tag: Tags.decodeValue(values[3 * index + 1]),
    restoral: RestoralOrders.decodeValue(values[3 * index + 2]),
  }));
  const passedAt = await passedRounds(
    read,
    records.flatMap(({ info, tag }) =>
      info?.holder === undefined || tag === undefined ? [] : [{ provider: info.holder, keyId: tag.key_id }],
    ),
  );
  return records.map(({ info, tag, restoral }) => {
    if (info === undefined) return undefined;
    const { holder, declared_at: since, restored } = info;
    const taggedAt = tag?.tagged_at ?? null;
    const passed = holder === undefined || tag === undefined ? undefined : passedAt.get(registryOf(holder, tag.key_id));
    return {
      provider: holder ?? null,
      since,
      restored,
      taggedAt,
      // A round asks about what was tagged before the block that opened it.
      provenAt: passed !== undefined && taggedAt !== null && passed > taggedAt ? passed : null,
      restoral:
        restoral === undefined
          ? null
          : { reason: restoral.reason, openedAt: restoral.opened_at, claimedBy: restoral.claim?.miner ?? null },
    };
  });
}

interface Registry {
  readonly provider: number;
  readonly keyId: Uint8Array;
}

/** The blocks that opened the last passed rounds, by registry; those that passed none are missing. */
async function passedRounds(read: Read, registries: readonly Registry[]): Promise<ReadonlyMap<string, number>> {
  const { Registries } = query.Audit;
  const wanted = [...new Map(registries.map((one) => [registryOf(one.provider, one.keyId), one]))];
  const values = await read(wanted.map(([, { provider, keyId }]) => Registries.key(provider, keyId)));
  return new Map(
    wanted.flatMap(([id], index) => {
      const passedAt = Registries.decodeValue(values[index])?.passed_at;
      return passedAt === undefined ? [] : [[id, passedAt] as const];
    }),
  );
}

function registryOf(provider: number, keyId: Uint8Array): string {
  return `${provider}/${toHex(keyId)}`;
}
