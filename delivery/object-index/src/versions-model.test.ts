// Random histories of a bucket with versions against a simple model: reads, listings, references, and the check of the index.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { elementAt, toHex, utf8 } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import fc from 'fast-check';
import { checkIndex, isIndexSound, ObjectIndex, parseVersionId, type VersionId } from './index.js';
import { rangeOf } from './keys.js';
import { bucketOf, digestOf, fileOf, objectOf, partOf, uploadOf } from './test-support/samples.js';
import { VersionModel } from './test-support/version-model.js';

const key = fc.constantFrom('a', 'a\0b', 'a/b', 'a/c', 'é/', 'z');
/** Which of the versions of a key, by position from the newest; beyond the last: one that was never there. */
const position = fc.integer({ min: 0, max: 4 });
const operation = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), key }),
  fc.record({ kind: fc.constant('complete' as const), key }),
  fc.record({ kind: fc.constant('copy' as const), key, from: key, position: fc.option(position) }),
  fc.record({ kind: fc.constant('delete' as const), key }),
  fc.record({ kind: fc.constant('delete' as const), key }),
  fc.record({ kind: fc.constant('delete version' as const), key, position }),
  fc.record({ kind: fc.constant('delete null' as const), key }),
  fc.record({
    kind: fc.constant('versioning' as const),
    state: fc.constantFrom('enabled' as const, 'suspended' as const),
  }),
  fc.record({ kind: fc.constant('clock' as const), by: fc.integer({ min: -5, max: 5 }) }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** Without `size`, arrays hold about ten elements at most. */
const history = fc.array(operation, { maxLength: 40, size: 'max' });

const absentId = 'AAAAAAAAAAAAAAAAAAAAAA';
const bucket = 'b';

function idOf(text: string): VersionId {
  const id = parseVersionId(text);
  assert.ok(id !== undefined, text);
  return id;
}

class History {
  readonly kv: Kv = createMemoryKv();
  readonly model = new VersionModel();
  #nowMs = 1_000_000;
  #nextFile = 1;
  #nonce = 0;
  readonly index = new ObjectIndex(this.kv, {
    nowMs: () => this.#nowMs,
    randomBytes: (length) => new Uint8Array(length).fill(++this.#nonce % 256),
  });

  async apply(one: Operation): Promise<void> {
    const { index, model } = this;
    if (one.kind === 'clock') this.#nowMs += one.by;
    else if (one.kind === 'versioning') {
      await index.changeBucket(bucket, (record) => ({ ...record, versioning: one.state }));
      model.versioning = one.state;
    } else if (one.kind === 'put') await this.#put(one.key);
    else if (one.kind === 'complete') await this.#complete(one.key);
    else if (one.kind === 'copy') await this.#copy(one);
    else if (one.kind === 'delete') await this.#delete(one.key);
    else {
      const id = one.kind === 'delete null' ? 'null' : (model.versions(one.key)[one.position]?.id ?? absentId);
      const before = model.find(one.key, id);
      const deletion = await index.deleteVersion({ bucket, key: one.key }, idOf(id));
      assert.deepEqual([deletion.existed, deletion.isDeleteMarker], [before !== undefined, before?.isMarker ?? false]);
      model.remove(one.key, id);
    }
  }

  async #put(name: string): Promise<void> {
    const stored = fileOf(this.#nextFile++);
    const etag = `put ${this.#nextFile}`;
    const { versionId } = await this.index.putObject({ bucket, key: name }, objectOf(etag, [stored]), [stored]);
    this.#note(name, versionId, { etag, files: [toHex(stored.fileId)] });
  }

  async #complete(name: string): Promise<void> {
    const stored = fileOf(this.#nextFile++);
    const etag = `upload ${this.#nextFile}`;
    const upload = { bucket, key: name, uploadId: this.#nextFile.toString(16).padStart(32, '0') };
    await this.index.createUpload(upload, uploadOf());
    await this.index.putPart(upload, 1, partOf('p', [stored]), [stored]);
    const { versionId } = await this.index.completeUpload(upload, {
      requestDigest: digestOf(1),
      make: (parts) => ({ ...objectOf(etag), extents: parts.get(1)?.extents ?? [] }),
    });
    this.#note(name, versionId, { etag, files: [toHex(stored.fileId)] });
  }

  async #copy({ key: name, from, position: at }: Extract<Operation, { kind: 'copy' }>): Promise<void> {
    const id = at === null ? undefined : (this.model.versions(from)[at]?.id ?? absentId);
    const source = id === undefined ? this.model.current(from) : this.model.find(from, id);
    const copying = this.index.copyObject(
      { bucket, key: name },
      { bucket, key: from, versionId: id === undefined ? undefined : idOf(id) },
      (object) => object,
      () => undefined,
    );
    if (source === undefined || source.isMarker) return assert.rejects(copying, { code: 'OBJECT_NOT_FOUND' });
    this.#note(name, (await copying).versionId, source);
  }

  async #delete(name: string): Promise<void> {
    const before = this.model.current(name);
    const deletion = await this.index.deleteObject({ bucket, key: name });
    assert.equal(deletion.existed, before !== undefined);
    assert.equal(deletion.isDeleteMarker, this.model.versioning !== 'never');
    if (deletion.isDeleteMarker) this.#note(name, deletion.versionId, { etag: '', files: [], isMarker: true });
    else this.model.remove(name, 'null');
  }

  #note(
    name: string,
    versionId: string | undefined,
    version: { readonly etag: string; readonly files: readonly string[]; readonly isMarker?: boolean },
  ): void {
    const { versioning } = this.model;
    assert.equal(versionId === undefined, versioning === 'never');
    assert.equal(versionId === undefined || versionId === 'null', versioning !== 'enabled');
    this.model.put(name, { isMarker: false, ...version, id: versionId ?? 'null' });
  }

  async assertEqual(): Promise<void> {
    const { index, kv, model } = this;
    for (const name of ['a', 'a\0b', 'a/b', 'a/c', 'é/', 'z']) {
      assert.equal((await index.getObject({ bucket, key: name }))?.etag, model.current(name)?.etag);
      const [newest] = model.versions(name);
      assert.equal((await index.getDeleteMarker({ bucket, key: name })) !== undefined, newest?.isMarker === true);
      for (const { id, etag, isMarker } of model.versions(name)) {
        const found = await index.getObject({ bucket, key: name }, idOf(id));
        assert.deepEqual([found?.etag, found?.isDeleteMarker], [etag, isMarker]);
      }
      assert.equal(await index.getObject({ bucket, key: name }, idOf(absentId)), undefined);
    }
    const { items } = await index.listObjects(bucket, { prefix: '', delimiter: '', limit: 100 });
    assert.deepEqual(
      items.map((item) => item.name),
      model.objects(),
    );
    const references = model.references();
    for (const [fileKey] of kv.entries(rangeOf(utf8('f/')))) {
      const file = await index.getFile(fileKey.slice(2));
      assert.equal(file?.references, references.get(toHex(fileKey.slice(2))) ?? 0);
      assert.equal(file?.state === 'deleting', file?.references === 0);
    }
    const check = checkIndex(kv);
    assert.ok(isIndexSound(check), JSON.stringify(check));
  }

  /** Every page of a listing of versions. */
  async listed(prefix: string, delimiter: string, limit: number): Promise<string[]> {
    const seen: string[] = [];
    let resume: { after?: string; afterVersion?: VersionId | undefined } = {};
    for (;;) {
      const page = await this.index.listVersions(bucket, { prefix, delimiter, limit, ...resume });
      assert.ok(page.items.length <= limit);
      for (const item of page.items) {
        if (item.type === 'prefix') seen.push(`prefix ${item.name}`);
        else {
          const { version, versionId, isLatest } = item.value;
          seen.push(
            `${version.isDeleteMarker ? 'marker' : 'version'} ${item.name} ${versionId}${isLatest ? ' latest' : ''}`,
          );
        }
      }
      if (!page.truncated) return seen;
      const last = elementAt(page.items, limit - 1);
      resume = { after: last.name, afterVersion: last.type === 'entry' ? idOf(last.value.versionId) : undefined };
    }
  }
}

async function replayed(operations: readonly Operation[]): Promise<History> {
  const done = new History();
  await done.index.createBucket(bucket, bucketOf());
  for (const one of operations) await done.apply(one);
  return done;
}

describe('versions of objects', () => {
  it('STORE-5: any history of writes, deletions and changes of versioning gives what the model gives', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (operations) => {
        const done = await replayed(operations);
        await done.assertEqual();
        const deletion = done.index.deleteBucket(bucket);
        if (done.model.isEmpty) await deletion;
        else await assert.rejects(deletion, { code: 'BUCKET_NOT_EMPTY' });
      }),
      { seed: 31, numRuns: 400 },
    );
  });

  it('pages of any size show every version once, newest first, with prefix and delimiter', async () => {
    const affix = fc.constantFrom('', 'a', 'a/', 'é');
    const delimiter = fc.constantFrom('', '/', 'b');
    await fc.assert(
      fc.asyncProperty(
        history,
        affix,
        delimiter,
        fc.integer({ min: 1, max: 4 }),
        async (operations, prefix, cut, limit) => {
          const done = await replayed(operations);
          assert.deepEqual(await done.listed(prefix, cut, limit), done.model.listing(prefix, cut));
        },
      ),
      { seed: 32, numRuns: 400 },
    );
  });
});
