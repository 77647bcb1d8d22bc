// Packs small objects (ADR 72): gathers the files of batches, which are not declared, into packs of 16 MiB, which are. A batch is
// deleted when its last file has moved. Packs whose files were mostly deleted are packed again in the same way. Every step is
// safe to repeat: a file is in the pack that its record names, and a pack that was stored twice has the second time no files.
//
// Files that do not fill a pack are packed when they are old. The small packs that this makes are merged as in a log-structured tree: what
// is packed takes every small pack along that is not larger than itself. So a territory has at most about twelve of them, and a file moves
// at most as often.
import {
  type Arena,
  type ArenaRegion,
  type PackedReader,
  type PackStore,
  packedBytesOf,
  type RedundancyClass,
  type SealedCache,
} from '@cess/data-path';
import type { NewPack, ObjectIndex, PackMember, PackRecord, SegmentRecord, TerritoryName } from '@cess/object-index';
import {
  BackgroundLoop,
  type BackgroundPorts,
  elementAt,
  MiB,
  SetAside,
  type Startable,
  toHex,
} from '@cess/primitives';

export interface PackerInit extends BackgroundPorts {
  readonly index: Pick<ObjectIndex, 'packs' | 'getSegment'>;
  readonly arena: Pick<Arena, 'acquire'>;
  readonly packed: Pick<PackedReader, 'contentOf'>;
  readonly cache: Pick<SealedCache, 'get'>;
  readonly packs: Pick<PackStore, 'store' | 'discard'>;
  /** Age at which batches are packed although they do not fill a pack. Default 5 minutes. */
  readonly maxAgeMs?: number | undefined;
}

/** Ciphertext of a pack: few records on chain for many objects, and a third of the memory for bodies while it is coded. */
const packBytes = 16 * MiB;
const defaultMaxAgeMs = 5 * 60_000;
const periodMs = 1_000;
/** Packs looked at in one round, and small packs of a territory. */
const maxSources = 10_000;
const maxSmall = 64;
const membersPerPage = 500;
/** Files moved in one transaction. */
const movesPerCommit = 256;
/** To whom the memory is given. */
const client = 'packer';

/** A pack whose files are to move. */
interface Source {
  readonly packId: Uint8Array;
  readonly record: PackRecord;
  readonly segment: SegmentRecord;
}

/** Sources of one territory and class. */
interface Group {
  readonly redundancy: RedundancyClass;
  readonly sources: Source[];
}

type Move = PackMember & { readonly from: Uint8Array };

export class Packer implements Startable {
  /** Packs that cannot be read. */
  readonly setAside: SetAside;
  readonly #loop: BackgroundLoop;
  #packs = 0;
  #files = 0;
  #waitingBytes = 0;

  constructor(private readonly init: PackerInit) {
    const name = 'packer';
    this.setAside = new SetAside(name, init);
    const task = async (signal: AbortSignal) => ((await this.runRound(signal)) ? 'again' : undefined);
    this.#loop = new BackgroundLoop({ ...init, name, task, periodMs });
  }

  /** Packs made since the start, the files in them, and ciphertext that waits in batches. */
  get counts(): { readonly packs: number; readonly files: number; readonly waitingBytes: number } {
    return { packs: this.#packs, files: this.#files, waitingBytes: this.#waitingBytes };
  }

  /** Closes what the former process left open. Called before the first upload is accepted. */
  async start(): Promise<void> {
    const { packs } = this.init.index;
    let listed = await this.#listed();
    while (listed.length > 0) {
      for (const packId of listed) {
        // A record that cannot be read must not keep the gateway from starting.
        await this.setAside.attempt(nameOf(packId), async () => {
          if ((await packs.get(packId))?.pack.isOpen === true) await packs.close(packId);
        });
      }
      listed = await this.#listed(listed.at(-1));
    }
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Makes a pack of every group that is due. False if there was none. */
  async runRound(signal: AbortSignal): Promise<boolean> {
    let isBusy = false;
    let waitingBytes = 0;
    for (const group of await this.#groups()) {
      const bytes = liveBytesOf(group.sources);
      waitingBytes += bytes;
      if (!this.#isDue(group, bytes) || signal.aborted) continue;
      isBusy = (await this.#pack(group, signal)) || isBusy;
    }
    this.#waitingBytes = waitingBytes;
    return isBusy;
  }

  #isDue({ sources }: Group, bytes: number): boolean {
    const { timers, maxAgeMs = defaultMaxAgeMs } = this.init;
    const oldestMs = Math.min(...sources.map(({ record }) => record.createdAtMs));
    return bytes >= packBytes || timers.nowMs() - oldestMs >= maxAgeMs;
  }

  #listed(after?: Uint8Array): Promise<Uint8Array[]> {
    return this.init.index.packs.listPacking(maxSources, after);
  }

  /** Closed batches, and sparse packs whose declaration is over, the oldest first. */
  async #groups(): Promise<Group[]> {
    const groups = new Map<string, Group>();
    for (const packId of await this.#listed()) {
      await this.setAside.attempt(nameOf(packId), async () => {
        const source = await this.#sourceOf(packId);
        if (source === undefined) return;
        const { owner, territory } = source.record;
        const redundancy = { k: source.segment.k, n: source.segment.fragments.length };
        const name = `${toHex(owner)}/${redundancy.k}/${redundancy.n}/${territory}`;
        const group = groups.get(name) ?? { redundancy, sources: [] };
        group.sources.push(source);
        groups.set(name, group);
      });
    }
    for (const { sources } of groups.values()) sources.sort((a, b) => a.record.createdAtMs - b.record.createdAtMs);
    return [...groups.values()];
  }

  /** Undefined for a pack that is still filled, or whose declaration is not settled. */
  async #sourceOf(packId: Uint8Array): Promise<Source | undefined> {
    const { index } = this.init;
    const record = await index.packs.get(packId);
    const segment = await index.getSegment(packId, 0);
    if (record === undefined || segment === undefined || record.pack.isOpen || record.references === 0)
      return undefined;
    return record.pack.kind === 'sealed' && record.state !== 'declared' ? undefined : { packId, record, segment };
  }

  /** One pack of the first sources. False if nothing was moved. */
  async #pack({ sources, redundancy }: Group, signal: AbortSignal): Promise<boolean> {
    const { arena, packs, index, logger } = this.init;
    const { owner, territory } = elementAt(sources, 0).record;
    const chosen = fitting(sources);
    chosen.push(...(await this.#smallOnes(chosen, { owner, territory }, redundancy)));
    const region = await arena.acquire(packedBytesOf(packBytes, redundancy), signal, client);
    let pack: NewPack;
    let moves: Move[];
    try {
      moves = await this.#gather(chosen, region, signal);
      const length = moves.reduce((sum, { ciphertextLength }) => sum + ciphertextLength, 0);
      if (length === 0) return false;
      pack = await packs.store({ owner, territory, redundancy, region, length, signal });
    } finally {
      region.release();
    }
    const moved = await this.#move(pack, moves);
    if (moved === 0) packs.discard(pack);
    else await index.packs.close(pack.packId);
    this.#packs++;
    this.#files += moved;
    logger.debug({ files: moved, bytes: pack.file.ciphertextLength }, 'small objects packed');
    return moved > 0;
  }

  /** Small packs to take along: from the smallest on, those that are not larger than everything before them. */
  async #smallOnes(
    chosen: readonly Source[],
    territory: TerritoryName,
    { k, n }: RedundancyClass,
  ): Promise<readonly Source[]> {
    const found: Source[] = [];
    for (const packId of await this.init.index.packs.listSmall(territory, maxSmall)) {
      await this.setAside.attempt(nameOf(packId), async () => {
        const source = await this.#sourceOf(packId);
        if (source?.segment.k === k && source.segment.fragments.length === n) found.push(source);
      });
    }
    found.sort((a, b) => a.record.pack.liveBytes - b.record.pack.liveBytes);
    let bytes = liveBytesOf(chosen);
    const taken: Source[] = [];
    for (const source of found) {
      const { liveBytes } = source.record.pack;
      if (liveBytes > bytes || bytes + liveBytes > packBytes) break;
      taken.push(source);
      bytes += liveBytes;
    }
    return taken;
  }

  /** Copies the sealed streams of the sources to the start of the region, one after another. */
  async #gather(sources: readonly Source[], region: ArenaRegion, signal: AbortSignal): Promise<Move[]> {
    const { packed, cache } = this.init;
    const moves: Move[] = [];
    let at = 0;
    for (const source of sources) {
      const content = packed.contentOf(source.segment, client, signal);
      const copy = async () => {
        for await (const { fileId, offset, ciphertextLength } of this.#membersOf(source)) {
          if (at + ciphertextLength > packBytes) return;
          const target = region.bytes.subarray(at, at + ciphertextLength);
          // The id of a file within a pack is that of its stream.
          const cached = cache.get(fileId);
          if (cached?.length === ciphertextLength) target.set(cached);
          else await content.read(offset, target);
          moves.push({ fileId, offset: at, ciphertextLength, from: source.packId });
          at += ciphertextLength;
        }
      };
      try {
        // What its holders cannot give now is left where it is, until a retry.
        await this.setAside.attempt(nameOf(source.packId), copy, signal);
      } finally {
        content.close();
      }
    }
    return moves;
  }

  async *#membersOf({ packId }: Source): AsyncGenerator<PackMember> {
    for (let from = 0; ; ) {
      const members = await this.init.index.packs.listMembers(packId, from, membersPerPage);
      yield* members;
      const last = members.at(-1);
      if (last === undefined || members.length < membersPerPage) return;
      from = last.offset + 1;
    }
  }

  async #move(pack: NewPack, moves: readonly Move[]): Promise<number> {
    let moved = 0;
    for (let at = 0; at < moves.length; at += movesPerCommit)
      moved += await this.init.index.packs.move(pack, moves.slice(at, at + movesPerCommit));
    return moved;
  }
}

function nameOf(packId: Uint8Array): string {
  return `pack ${toHex(packId)}`;
}

function liveBytesOf(sources: readonly Source[]): number {
  return sources.reduce((sum, { record }) => sum + record.pack.liveBytes, 0);
}

/** Sources that together fill a pack, or all. */
function fitting(sources: readonly Source[]): Source[] {
  const chosen: Source[] = [];
  let bytes = 0;
  for (const source of sources) {
    if (bytes >= packBytes) break;
    chosen.push(source);
    bytes += source.record.pack.liveBytes;
  }
  return chosen;
}
