// A steady, bounded load of uploads, reads and deletions, and what must be true of every object because of it: after an
// answer an object is what the answer says; after a request without one it is what it was or what was asked for, whole.
// Each key belongs to one lane, so that its requests come one after another.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { pick, type Random } from './seeded.js';

export interface LoadInit {
  readonly client: S3Client;
  readonly bucket: string;
  readonly lanes: number;
  /** Objects of a lane at most. */
  readonly keysPerLane: number;
  readonly pauseMs: number;
  readonly random: Random;
}

const sizes = [1, 100, 70_000, 400_000, 1_500_000, 5_000_000];
/** A request that takes longer hangs. */
const requestTimeoutMs = 90_000;

/** Digest of an object, or that there is none. */
type Content = string | 'absent';

export class SteadyLoad {
  readonly counts = { puts: 0, reads: 0, deletions: 0, excused: 0 };
  /** Requests that failed although the gateway was there, and reads of what nobody stored. */
  readonly failures: string[] = [];
  /** What each key may hold. */
  readonly #expected = new Map<string, Set<Content>>();
  /** Odd while the gateway is gone. */
  #outages = 0;
  #isEnding = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(private readonly init: LoadInit) {}

  start(): void {
    this.#isEnding = false;
    this.#running = Promise.all(Array.from({ length: this.init.lanes }, (_, lane) => this.#run(lane)));
  }

  /** Resolves when the last request is answered. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    await this.#running;
  }

  /** The gateway is killed now; requests may fail until the result is called. */
  beginOutage(): () => void {
    this.#outages++;
    return () => {
      this.#outages++;
    };
  }

  /** Keys of objects that are there. */
  get keys(): string[] {
    return [...this.#expected].flatMap(([key, contents]) => (contents.has('absent') ? [] : [key]));
  }

  /** Compares everything that is stored with what it must be, and what is listed with both. */
  async assertAll(): Promise<void> {
    assert.deepEqual(this.failures, []);
    for (const [key, contents] of this.#expected) {
      const content = await this.#read(key);
      assert.ok(contents.has(content), `${key} is ${content} and must be one of ${[...contents].join(', ')}`);
      this.#expected.set(key, new Set([content]));
    }
    assert.deepEqual((await this.#list()).sort(), this.keys.sort(), 'what is listed is what is there');
  }

  async #run(lane: number): Promise<void> {
    const { random, keysPerLane, pauseMs } = this.init;
    while (!this.#isEnding) {
      const key = `lane-${lane}/${Math.floor(random() * keysPerLane)}`;
      const choice = random();
      const isThere = this.#expected.has(key) && !this.#expected.get(key)!.has('absent');
      if (isThere && choice < 0.4) await this.#tryRead(key);
      else if (isThere && choice < 0.55) await this.#tryRemove(key);
      else await this.#tryPut(key);
      await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + random())));
    }
  }

  async #tryPut(key: string): Promise<void> {
    const body = randomBytes(pick(this.init.random, sizes));
    const digest = createHash('sha256').update(body).digest('hex');
    const before = this.#contentsOf(key);
    // Noted before: the answer may never come.
    this.#expected.set(key, new Set([...before, digest]));
    const isDone = await this.#attempt(`PUT ${key} of ${body.length} bytes`, (abortSignal) =>
      this.init.client.send(new PutObjectCommand({ Bucket: this.init.bucket, Key: key, Body: body }), { abortSignal }),
    );
    if (!isDone) return;
    this.#expected.set(key, new Set([digest]));
    this.counts.puts++;
  }

  async #tryRemove(key: string): Promise<void> {
    this.#expected.set(key, new Set([...this.#contentsOf(key), 'absent']));
    const isDone = await this.#attempt(`DELETE ${key}`, (abortSignal) =>
      this.init.client.send(new DeleteObjectCommand({ Bucket: this.init.bucket, Key: key }), { abortSignal }),
    );
    if (!isDone) return;
    this.#expected.set(key, new Set(['absent']));
    this.counts.deletions++;
  }

  async #tryRead(key: string): Promise<void> {
    let content: Content | undefined;
    const isDone = await this.#attempt(`GET ${key}`, async (abortSignal) => {
      content = await this.#read(key, abortSignal);
    });
    if (!isDone) return;
    this.counts.reads++;
    const contents = this.#contentsOf(key);
    if (!contents.has(content!)) this.failures.push(`${key} is ${content} and must be one of ${[...contents]}`);
  }

  #contentsOf(key: string): ReadonlySet<Content> {
    return this.#expected.get(key) ?? new Set(['absent']);
  }

  /** Whether it was answered. A failure is excused while the gateway is gone, in whole or in part of the time. */
  async #attempt(what: string, request: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
    const outages = this.#outages;
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    try {
      await request(timeout);
      return true;
    } catch (error) {
      const isExcused = !timeout.aborted && (outages % 2 === 1 || outages !== this.#outages);
      if (isExcused) this.counts.excused++;
      else this.failures.push(`${what}: ${error}`);
      return false;
    }
  }

  async #read(key: string, abortSignal: AbortSignal = AbortSignal.timeout(requestTimeoutMs)): Promise<Content> {
    try {
      const command = new GetObjectCommand({ Bucket: this.init.bucket, Key: key });
      const answer = await this.init.client.send(command, { abortSignal });
      const bytes = await answer.Body!.transformToByteArray();
      return createHash('sha256').update(bytes).digest('hex');
    } catch (error) {
      if (error instanceof NoSuchKey) return 'absent';
      throw error;
    }
  }

  async #list(): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({ Bucket: this.init.bucket, ContinuationToken: token });
      const page = await this.init.client.send(command);
      for (const { Key } of page.Contents ?? []) keys.push(Key!);
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return keys;
  }
}
