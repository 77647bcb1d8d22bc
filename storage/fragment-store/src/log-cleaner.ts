// Reclaims the space of dead log records. It always cleans the oldest log: it appends the live puts of that log again at the
// end, with their current metadata, then removes the log. All other records in it may be dropped: an update or a delete
// refers only to earlier puts, and none is left before it. After a crash between copy and removal, replay sees the put
// twice, and the later one applies. A delete after the copy is also after it in the log.
import type { KeyedMutex } from '@cess/primitives';
import { toHex } from '@cess/primitives';
import type { AppendLog } from './append-log.js';
import type { FragmentIndex, Holding } from './fragment-index.js';
import type { LogRecord } from './log-record.js';

const copyAtOnce = 64;

export interface LogCleanerInit {
  readonly log: AppendLog;
  readonly index: FragmentIndex;
  /** The locks of the store, by root. */
  readonly mutex: KeyedMutex;
  /** The cleaner ignores this many dead bytes. */
  readonly minDeadBytes: number;
}

export class LogCleaner {
  constructor(private readonly init: LogCleanerInit) {}

  /** Whether more than half of the log bytes, and more than the ignored bytes, are dead. */
  isDue(): boolean {
    const { log, index, minDeadBytes } = this.init;
    const total = log.sizeBytes;
    const dead = total - index.liveBytes;
    return dead > minDeadBytes && dead > total / 2;
  }

  /** Cleans the oldest logs until no cleaning is due or `isStopped` returns true. */
  async run(isStopped: () => boolean): Promise<void> {
    while (this.isDue() && !isStopped()) {
      if (this.init.log.oldest.isActive) await this.init.log.rotate();
      await this.#cleanOldest();
    }
  }

  async #cleanOldest(): Promise<void> {
    const { log, index } = this.init;
    const { log: oldest } = log.oldest;
    const live = [...index.all()].filter((holding) => holding.location.log === oldest);
    for (let at = 0; at < live.length; at += copyAtOnce) {
      await Promise.all(live.slice(at, at + copyAtOnce).map((holding) => this.#copy(holding, oldest)));
    }
    await log.removeOldest();
  }

  #copy(seen: Holding, oldest: number): Promise<void> {
    const { index, log, mutex } = this.init;
    return mutex.run(toHex(seen.root), async () => {
      const holding = index.get(seen);
      if (holding?.location.log !== oldest) return;
      const inline = holding.isInline ? await readInline(log, holding) : undefined;
      const location = await log.append(putRecord(holding, inline));
      index.set({ ...holding, location });
    });
  }
}

/** The bytes of a small fragment: the end of its record. */
export async function readInline(log: AppendLog, { location, length }: Holding): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await log.read(location.log, location.offset + location.size - length, bytes);
  return bytes;
}

export function putRecord(holding: Omit<Holding, 'location' | 'isInline'>, inline: Uint8Array | undefined): LogRecord {
  const { orderId, segment, fragment, root, length, gateway, expirySeconds, fileId } = holding;
  return {
    type: 'put',
    value: { orderId, segment, fragment, root, length, gateway, expirySeconds: BigInt(expirySeconds), fileId, inline },
  };
}
