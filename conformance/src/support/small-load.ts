// Writers of small objects that go on until their network ends, and what they know of it afterwards.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

interface Written {
  readonly body: Buffer;
  readonly acknowledgedAtMs: number;
}

/** Told of an acknowledged object that is not there, or is as it was before; false: that is a failure. */
type OnMissing = (key: string, acknowledgedAtMs: number) => boolean;

const writers = 8;
const readersAtOnce = 16;

export class SmallLoad {
  /** The acknowledged bodies of each key, the newest last. */
  readonly #written = new Map<string, Written[]>();
  /** Bodies without an answer: they may be there. */
  readonly #attempted = new Map<string, Buffer>();
  readonly #missing = new Set<string>();
  #round = 0;

  constructor(private readonly bucket: string) {}

  get size(): number {
    return this.#written.size;
  }

  /** Writes until the first failure of each writer; every third write replaces an object of this run. */
  async run(client: S3Client): Promise<void> {
    const round = this.#round++;
    const writer = async (lane: number): Promise<void> => {
      for (let i = 0; ; i++) {
        const key = `${round}/${lane}/${i % 3 === 2 ? i - 2 : i}`;
        const body = randomBytes(4_096);
        this.#attempted.set(key, body);
        try {
          await client.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body }));
        } catch {
          return;
        }
        const before = this.#written.get(key) ?? [];
        this.#written.set(key, [...before, { body, acknowledgedAtMs: Date.now() }]);
        this.#attempted.delete(key);
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, lane) => writer(lane)));
  }

  /** Reads every acknowledged object. */
  async verify(client: S3Client, onMissing: OnMissing): Promise<void> {
    const keys = [...this.#written.keys()];
    const reader = async (): Promise<void> => {
      for (let key = keys.pop(); key !== undefined; key = keys.pop()) await this.#verifyOne(client, key, onMissing);
    };
    await Promise.all(Array.from({ length: readersAtOnce }, reader));
  }

  /** What was lost is expected no more. */
  forgetMissing(): void {
    for (const key of this.#missing) this.#written.delete(key);
    this.#missing.clear();
  }

  async #verifyOne(client: S3Client, key: string, onMissing: OnMissing): Promise<void> {
    const written = this.#written.get(key) ?? [];
    const newest = written.at(-1);
    assert.ok(newest !== undefined);
    const found = await this.#read(client, key);
    const isThere = (body: Buffer | undefined) => found !== undefined && body !== undefined && found.equals(body);
    if (isThere(newest.body) || isThere(this.#attempted.get(key))) return;
    const isOlder = written.some(({ body }) => isThere(body));
    assert.ok(found === undefined || isOlder, `${key} has bytes that nobody wrote`);
    assert.ok(onMissing(key, newest.acknowledgedAtMs), `${key} was acknowledged and is gone`);
    this.#missing.add(key);
  }

  async #read(client: S3Client, key: string): Promise<Buffer | undefined> {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      assert.ok(Body !== undefined);
      return Buffer.from(await Body.transformToByteArray());
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
      throw error;
    }
  }
}
