// The streaming parser of form uploads: for every way in which a body can be cut into pieces, and for bodies that are no form.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MultipartForm } from './multipart-form.js';

const boundary = '----WebKitFormBoundaryx';
const contentType = `multipart/form-data; boundary=${boundary}`;

interface Part {
  readonly disposition: string;
  readonly value: string | Buffer;
}

function formOf(parts: readonly Part[], end = '--\r\n'): Buffer {
  const pieces = parts.flatMap(({ disposition, value }) => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}${end}`)]);
}

const field = (name: string, value: string): Part => ({ disposition: `name="${name}"`, value });
const fileOf = (value: string | Buffer, filename = 'a.txt'): Part => ({
  disposition: `name="file"; filename="${filename}"`,
  value,
});

async function* inPieces(body: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let index = 0; at < body.length; index++) {
    const size = sizes.length === 0 ? body.length : (sizes[index % sizes.length] ?? 1);
    yield body.subarray(at, at + size);
    at += size;
  }
}

async function read(body: Buffer, sizes: readonly number[] = [], type: string | undefined = contentType) {
  const form = new MultipartForm({ chunks: inPieces(body, sizes), length: body.length, contentType: type });
  const { fields, file } = await form.readFields();
  const { length, chunks, tail } = form.file();
  const head: Buffer[] = [];
  for await (const chunk of chunks) head.push(Buffer.from(chunk));
  const stored = Buffer.concat(head);
  assert.equal(stored.length, length);
  return { fields, file, content: Buffer.concat([stored, await tail()]) };
}

describe('a form upload', () => {
  it('is read alike, however its body is cut into pieces', async () => {
    const contents = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom('', '\r\n', '\r\n--', `\r\n--${boundary.slice(0, -1)}`, '--\r\n')
        .map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(
        contents,
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 }),
        async (content, sizes) => {
          const parts = [field('Key', 'a/b'), field('empty', ''), fileOf(content), field('submit', 'Upload')];
          const { fields, file, content: got } = await read(formOf(parts), sizes);
          assert.deepEqual(
            [...fields],
            [
              ['key', 'a/b'],
              ['empty', ''],
            ],
          );
          assert.equal(file.filename, 'a.txt');
          assert.deepEqual(got, content);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('of a large file holds only its end in memory', async () => {
    const content = randomBytes(300_000);
    const body = formOf([field('key', 'k'), fileOf(content)]);
    for (const sizes of [[65_536], [1_000], [299_999]]) assert.deepEqual((await read(body, sizes)).content, content);
    const form = new MultipartForm({ chunks: inPieces(body, [1_000]), length: body.length, contentType });
    await form.readFields();
    assert.ok(form.file().length > 200_000);
  });

  it('needs no line end after its last delimiter', async () => {
    const { content } = await read(formOf([field('key', 'k'), fileOf('abc')], '--'));
    assert.equal(content.toString(), 'abc');
  });

  it('has names of files as browsers escape them', async () => {
    const name = async (disposition: string) =>
      (await read(formOf([{ disposition: `name="file"; ${disposition}`, value: '' }]))).file.filename;
    assert.equal(await name('filename="a%22b.txt"'), 'a"b.txt');
    assert.equal(await name('filename="gr\u00fc\u00df.txt"'), 'gr\u00fc\u00df.txt');
    assert.equal(await name("filename*=UTF-8''gr%C3%BC.txt"), 'gr\u00fc.txt');
    assert.equal(await name('filename=plain.txt'), 'plain.txt');
  });
});

describe('a body that is no form upload', () => {
  const file = fileOf('abc');
  const cases: readonly (readonly [string, () => Buffer, string, string?])[] = [
    ['has another content type', () => formOf([file]), 'RequestIsNotMultiPartContent', 'application/json'],
    ['names no boundary', () => formOf([file]), 'RequestIsNotMultiPartContent', 'multipart/form-data'],
    ['has no file', () => formOf([field('key', 'k')]), 'IncorrectNumberOfFilesInPostRequest'],
    ['is empty', () => Buffer.alloc(0), 'MalformedPOSTRequest'],
    ['begins with something else', () => Buffer.from('abc'), 'MalformedPOSTRequest'],
    ['has a part without a name', () => formOf([{ disposition: 'filename="x"', value: '' }]), 'MalformedPOSTRequest'],
    ['has a field twice', () => formOf([field('key', 'a'), field('KEY', 'b'), file]), 'InvalidArgument'],
    [
      'has more than 20 KiB before the file',
      () => formOf([field('x', 'y'.repeat(20_481)), file]),
      'MaxPostPreDataLengthExceededError',
    ],
    ['ends within the file', () => formOf([file]).subarray(0, -12), 'MalformedPOSTRequest'],
    [
      'has more than 64 KiB behind the file',
      () => formOf([fileOf('abc'), field('more', 'x'.repeat(70_000))]),
      'MalformedPOSTRequest',
    ],
  ];
  for (const [what, body, code, type] of cases) {
    it(`because it ${what} is refused with ${code}`, async () => {
      for (const sizes of [[], [1_000], [7]]) await assert.rejects(read(body(), sizes, type ?? contentType), { code });
    });
  }
});
