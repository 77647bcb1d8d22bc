// Generates a steady, bounded load of uploads, reads and deletions and checks every object. After a response an object
// matches the response. After a request without a response it is completely in its old or its new state. Each key
// belongs to one lane, so that its requests are sequential.
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
  /** Maximum objects per lane. */
  readonly keysPerLane: number;
  readonly pauseMs: number;
  readonly random: Random;
}

const sizes = [1, 100, 70_000, 400_000, 1_500_000, 5_000_000];
/** Timeout after which a request counts as hung. */
const requestTimeoutMs = 90_000;

/** Digest of an object, or a marker that the object does not exist. */
type Content = string | 'absent';

export class SteadyLoad {
  readonly counts = { puts: 0, reads: 0, deletions: 0, excused: 0 };
  /** Requests that failed while the gateway was up. */
  readonly failures: string[] = [];
  /** Reads that returned something else than what must be there: lost, wrong or deleted objects. */
  readonly wrong: string[] = [];
  /** Allowed states of each key. */
  readonly #expected = new Map<string, Set<Content>>();
  /** Reasons for which the gateway is down now, and how many there have been. Several may overlap. */
  readonly #outages = { open: 0, begun: 0 };
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

  /** Marks the gateway as killed; requests may fail until the returned function is called. */
  beginOutage(): () => void {
    this.#outages.open++;
    this.#outages.begun++;
    return () => {
      this.#outages.open--;
    };
  }

  /** Requests that were answered while the gateway was up. */
  get answered(): number {
    return this.counts.puts + this.counts.reads + this.counts.deletions;
  }

  /** Keys of existing objects. */
  get keys(): string[] {
    return [...this.#expected].flatMap(([key, contents]) => (contents.has('absent') ? [] : [key]));
  }

  /** Requires that no request failed, and compares all stored objects and the listing with the expected state. */
  async assertAll(): Promise<void> {
    assert.deepEqual(this.failures, []);
    await this.assertContents();
  }

  /** Compares all stored objects and the listing with the expected state. */
  async assertContents(): Promise<void> {
    assert.deepEqual(this.wrong, []);
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
    // Record the new state before sending: the response may never arrive.
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
    if (!contents.has(content!)) this.wrong.push(`${key} is ${content} and must be one of ${[...contents]}`);
  }

  #contentsOf(key: string): ReadonlySet<Content> {
    return this.#expected.get(key) ?? new Set(['absent']);
  }

  /** Whether the request was answered. A failure is tolerated if the gateway was down during part of the request. */
  async #attempt(what: string, request: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
    const { open, begun } = this.#outages;
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    try {
      await request(timeout);
      return true;
    } catch (error) {
      const isExcused = !timeout.aborted && (open > 0 || begun !== this.#outages.begun);
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
