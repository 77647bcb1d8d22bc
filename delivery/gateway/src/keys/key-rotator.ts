// Rotates the keys of buckets (ADR 69): begins a rotation on demand, and moves the stream keys of the bucket to its new key in the
// background. The progress lies in the record of the bucket, so a restart continues where the last transaction ended.
import {
  type BucketRecord,
  isRotatingKey,
  isSameBucket,
  type ObjectIndex,
  type RewrapRequest,
  type RewrapStep,
  withNewKey,
} from '@cess/object-index';
import {
  BackgroundLoop,
  type BackgroundPorts,
  CessError,
  isCessError,
  SetAside,
  type Startable,
} from '@cess/primitives';
import type { BucketKeys } from './bucket-keys.js';

export interface KeyRotatorInit extends BackgroundPorts {
  readonly index: ObjectIndex;
  readonly keys: BucketKeys;
  /** Most files of one transaction. Default 250. */
  readonly pageSize?: number;
}

/** Rotations begin at once; the period is for those that an unreadable record held up. */
const periodMs = 600_000;
const defaultPageSize = 250;

export class KeyRotator implements Startable {
  /** Buckets whose rotation cannot go on. */
  readonly setAside: SetAside;
  readonly #loop: BackgroundLoop;
  #rewrapped = 0;
  readonly #running = new Set<string>();

  constructor(private readonly init: KeyRotatorInit) {
    const name = 'rotation of bucket keys';
    this.setAside = new SetAside(name, init);
    this.#loop = new BackgroundLoop({ ...init, name, task: (signal) => this.runRound(signal), periodMs });
  }

  /** Stream keys moved to the new key of their bucket since the start. */
  get rewrapped(): number {
    return this.#rewrapped;
  }

  /** Buckets whose key is being rotated. */
  get running(): number {
    return this.#running.size;
  }

  async start(): Promise<void> {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /**
   * Gives a bucket a new key, sealed for its owner and this gateway. Rejects with `KEY_ROTATION_RUNNING`, with `BUCKET_NOT_FOUND`
   * if the bucket was deleted since it was read, and with `GATEWAY_KEY_MISSING` if this gateway cannot open the key that it has:
   * the old key would be removed while stream keys need it.
   */
  async begin(name: string, seen: BucketRecord, ownerKey: Uint8Array): Promise<BucketRecord> {
    const { index, keys, timers, logger } = this.init;
    const wraps = keys.create(ownerKey);
    const changed = await index.changeBucket(name, (bucket) => {
      if (!isSameBucket(bucket, seen))
        throw new CessError('BUCKET_NOT_FOUND', 'The bucket was deleted, and another one has its name.', {});
      keys.requireKey(bucket);
      return withNewKey(bucket, wraps, timers.nowMs());
    });
    logger.info({ bucket: name }, 'the key of a bucket is being rotated');
    this.#running.add(name);
    this.#loop.trigger();
    return changed;
  }

  /** Carries on all rotations until they end. */
  async runRound(signal: AbortSignal): Promise<void> {
    const deleted = new Set(this.#running);
    for await (const name of this.init.index.bucketNames()) {
      signal.throwIfAborted();
      deleted.delete(name);
      await this.setAside.attempt(`bucket ${name}`, () => this.#rotate(name, signal), signal);
    }
    for (const name of deleted) this.#running.delete(name);
  }

  async #rotate(name: string, signal: AbortSignal): Promise<void> {
    const { index, keys, logger, timers, pageSize = defaultPageSize } = this.init;
    const bucket = await index.getBucket(name);
    if (bucket === undefined || !isRotatingKey(bucket)) return;
    this.#running.add(name);
    const renew: RewrapRequest['renew'] = (current, { streamId }, wrap) => keys.renew(current, streamId, wrap);
    for (;;) {
      signal.throwIfAborted();
      const step = await this.#step(name, { limit: pageSize, nowMs: timers.nowMs(), renew });
      if (step === undefined) break;
      this.#rewrapped += step.rewrapped;
      if (step.state === 'blocked')
        throw new CessError(
          'INDEX_CORRUPT',
          'Records of files cannot be read, and may need the old key of the bucket; it stays.',
          { record: `bucket ${name}` },
        );
      if (step.state === 'finished') {
        logger.info({ bucket: name }, 'the key of a bucket was rotated; the old key is removed');
        break;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#running.delete(name);
  }

  /** Undefined if the bucket was deleted. */
  async #step(name: string, request: RewrapRequest): Promise<RewrapStep | undefined> {
    try {
      return await this.init.index.rewrapKeys(name, request);
    } catch (error) {
      if (isCessError(error, 'BUCKET_NOT_FOUND')) return undefined;
      throw error;
    }
  }
}
