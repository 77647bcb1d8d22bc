// Gives the space of dead log records back. Always the oldest log: its live puts are appended again at the end with
// their present metadata, then it is removed. So every other record in it may go: an update or a delete only speaks of
// puts before it, and none is left before it. Crash between copy and removal: replay sees the put twice, the later
// one wins; a delete that came later than the copy stands later than the copy.
import type { KeyedMutex } from '@cess/primitives';
import { toHex } from '@cess/primitives';
import type { AppendLog } from './append-log.js';
import type { FragmentIndex, Holding } from './fragment-index.js';
import type { LogRecord } from './log-record.js';

const copyAtOnce = 64;

export interface LogCleanerInit {
  readonly log: AppendLog;
  readonly index: FragmentIndex;
  /** The store's sections per root. */
  readonly mutex: KeyedMutex;
  /** Dead bytes that are always tolerated. */
  readonly minDeadBytes: number;
}

export class LogCleaner {
  constructor(private readonly init: LogCleanerInit) {}

  /** True when more than half of the logs, and more than the tolerated bytes, are dead. */
  isDue(): boolean {
    const { log, index, minDeadBytes } = this.init;
    const total = log.sizeBytes;
    const dead = total - index.liveBytes;
    return dead > minDeadBytes && dead > total / 2;
  }

  /** Cleans oldest logs until it is no longer due or `isStopped` says so. */
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
