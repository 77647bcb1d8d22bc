// Server access logs: a line for every request to a bucket with logging, delivered every few minutes as objects of the target bucket.
// Names of these objects follow from the file on disk, so a delivery that a crash repeats replaces its objects. Deliveries are no
// requests: a bucket that logs into itself logs them not.
import { createHash } from 'node:crypto';
import { accountIdOf } from '@cess/access';
import type { ObjectIndex } from '@cess/object-index';
import {
  BackgroundLoop,
  type BackgroundPorts,
  type Counter,
  isCessError,
  isRetryable,
  type Metrics,
  messageOf,
  type Startable,
  toHex,
} from '@cess/primitives';
import type { OwnObjects } from '../own-objects.js';
import type { NamedBucket } from '../s3/configurations/configuration.js';
import type { ConfigurationCache } from '../s3/configurations/configuration-cache.js';
import { bucketLogging, type LogTarget } from '../s3/configurations/logging.js';
import { type LoggedRequest, logLine } from './log-line.js';
import { type ClosedFile, LogSpool, type SpooledLine } from './log-spool.js';

export interface AccessLogsInit extends BackgroundPorts {
  readonly folder: string;
  readonly index: Pick<ObjectIndex, 'getBucket'>;
  readonly configurations: ConfigurationCache;
  readonly objects: OwnObjects;
  readonly region: string;
  /** Pause between deliveries. Default 5 minutes. */
  readonly deliveryMs?: number | undefined;
}

interface Group {
  readonly source: string;
  readonly day: string;
  readonly lines: readonly SpooledLine[];
}

const defaultDeliveryMs = 300_000;
const maxSpooledBytes = 1024 ** 3;
const principalId = 'logging.s3.amazonaws.com';

export class AccessLogs implements Startable {
  readonly #spool: LogSpool;
  readonly #loop: BackgroundLoop;
  readonly #lines: Counter<'result'>;

  constructor(private readonly init: AccessLogsInit) {
    const { timers, logger, folder } = init;
    this.#lines = declareAccessLogCounter(init.metrics);
    this.#spool = new LogSpool(
      folder,
      maxSpooledBytes,
      () => timers.nowMs(),
      (error, lines) => {
        this.#lines.add(lines, { result: 'dropped' });
        logger.error({ lines, cause: messageOf(error) }, 'lines of access logs cannot be written; they are dropped');
      },
    );
    const periodMs = init.deliveryMs ?? defaultDeliveryMs;
    const task = (signal: AbortSignal) => this.deliver(signal);
    this.#loop = new BackgroundLoop({ ...init, name: 'access logs', task, periodMs });
  }

  async start(): Promise<void> {
    await this.#spool.open();
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    await this.#spool.rotate();
  }

  /** A request to a bucket has been answered. */
  note(bucket: NamedBucket | undefined, logged: Omit<LoggedRequest, 'bucketOwner'>): void {
    if (bucket === undefined || this.#targetOf(bucket) === undefined) return;
    const line = logLine({ ...logged, bucketOwner: toHex(bucket.record.owner) });
    if (this.#spool.add({ source: bucket.name, timeMs: logged.audited.timeMs, line })) return;
    this.#lines.add(1, { result: 'dropped' });
  }

  async deliver(signal: AbortSignal): Promise<void> {
    await this.#spool.rotate();
    for (const file of await this.#spool.closedFiles()) {
      try {
        await this.#deliverFile(file, signal);
      } catch (error) {
        // What a person must solve, such as a territory without space, keeps its file for the next round.
        if (signal.aborted || isRetryable(error) || !isCessError(error)) throw error;
        const fields = { file: file.name, cause: messageOf(error) };
        this.init.logger.warn(fields, 'access logs cannot be delivered; they wait');
      }
    }
  }

  async #deliverFile(file: ClosedFile, signal: AbortSignal): Promise<void> {
    for (const group of groupsOf(await this.#spool.read(file))) {
      signal.throwIfAborted();
      await this.#deliverGroup(file, group, signal);
    }
    await this.#spool.remove(file);
  }

  async #deliverGroup(file: ClosedFile, { source, day, lines }: Group, signal: AbortSignal): Promise<void> {
    const { index, objects, logger } = this.init;
    const record = await index.getBucket(source);
    const target = record === undefined ? undefined : this.#targetOf({ name: source, record });
    if (record === undefined || target === undefined) return this.#drop(lines.length);
    const body = Buffer.from(lines.map(({ line }) => line).join(''));
    const key = this.#keyOf(file, { target, source, day, account: accountIdOf(record.owner) });
    const object = { bucket: target.bucket, owner: record.owner, key, contentType: 'text/plain', length: body.length };
    try {
      await objects.put({ ...object, chunks: oneChunk(body), principalId }, signal);
      this.#lines.add(lines.length, { result: 'delivered' });
    } catch (error) {
      if (!isCessError(error, 'BUCKET_NOT_FOUND')) throw error;
      logger.warn(
        { source, target: target.bucket },
        'the target bucket of an access log is gone; its lines are dropped',
      );
      this.#drop(lines.length);
    }
  }

  #drop(lines: number): void {
    this.#lines.add(lines, { result: 'dropped' });
  }

  #targetOf(bucket: NamedBucket): LogTarget | undefined {
    return this.init.configurations.read(bucketLogging, bucket)?.target;
  }

  #keyOf(
    { name, beganMs }: ClosedFile,
    of: { readonly target: LogTarget; readonly source: string; readonly day: string; readonly account: string },
  ): string {
    const { target, source, day, account } = of;
    const unique = createHash('sha256').update(`${name} ${source} ${day}`).digest('hex').slice(0, 16).toUpperCase();
    const [date = '', time = ''] = new Date(beganMs).toISOString().split('T');
    const stamp = `${date}-${time.slice(0, 8).replaceAll(':', '-')}-${unique}`;
    if (target.format === 'simple') return `${target.prefix}${stamp}`;
    const folder = (of: string) =>
      `${target.prefix}${account}/${this.init.region}/${source}/${of.replaceAll('-', '/')}/`;
    if (target.format === 'DeliveryTime') return `${folder(date)}${stamp}`;
    return `${folder(day)}${day}-00-00-00-${unique}`;
  }
}

export function declareAccessLogCounter(metrics: Metrics): Counter<'result'> {
  return metrics.counter({
    name: 'cess_gateway_access_log_lines_total',
    help: 'Lines of access logs, by result: delivered, dropped',
    labels: ['result'],
  });
}

/** Lines by bucket and day, in their order. */
function groupsOf(lines: readonly SpooledLine[]): Group[] {
  const groups = new Map<string, { source: string; day: string; lines: SpooledLine[] }>();
  for (const line of lines) {
    const day = new Date(line.timeMs).toISOString().slice(0, 10);
    const id = `${line.source} ${day}`;
    const group = groups.get(id) ?? { source: line.source, day, lines: [] };
    group.lines.push(line);
    groups.set(id, group);
  }
  return [...groups.values()];
}

async function* oneChunk(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}
