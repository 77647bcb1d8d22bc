// aws-chunked bodies and forms, in random pieces: what is accepted is what a plain reader of the whole body reads.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { toHex } from '@cess/primitives';
import { hmac, signingKey } from '@cess/signature-v4';
import { fuzz, inPieces, integer, list, mutated, outcomeOf, pick, type Random } from '../../test-support/fuzz.js';
import type { Authenticated } from '../auth/verify-signature.js';
import { ChunkedDecoder, type ChunkedMode } from '../body/chunked-decoder.js';
import { MultipartForm } from '../forms/multipart-form.js';

const scope = { accessKeyId: 'KEY', date: '20260301', region: 'us-east-1', service: 's3' };
const timestamp = '20260301T120000Z';
const auth: Authenticated = {
  accessKeyId: 'KEY',
  payloadHash: '',
  timestamp,
  scope,
  signingKey: signingKey('secret', scope),
  signature: '0'.repeat(64),
};
const hash = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
const sign = (...lines: readonly string[]) => toHex(hmac(auth.signingKey, lines.join('\n')));
const scopeLine = '20260301/us-east-1/s3/aws4_request';
const tokens = [
  '\r\n',
  '\n',
  '0',
  'ffffffffffffffff',
  '-1',
  ';chunk-signature=',
  'x-amz-a:b\r\n',
  '0\r\n\r\n',
  ' ',
  '+5',
] as const;

function encoded(mode: ChunkedMode, chunks: readonly string[], trailer: readonly string[]): string {
  let previous = auth.signature;
  const frames = [...chunks, ''].map((chunk) => {
    previous = sign(
      'AWS4-HMAC-SHA256-PAYLOAD',
      timestamp,
      scopeLine,
      previous,
      hash(''),
      hash(Buffer.from(chunk, 'latin1')),
    );
    const end = chunk === '' && mode.trailer ? '' : '\r\n';
    return `${chunk.length.toString(16)}${mode.signed ? `;chunk-signature=${previous}` : ''}\r\n${chunk}${end}`;
  });
  if (!mode.trailer) return frames.join('');
  const lines = trailer.map((line) => `${line}\n`).join('');
  const signature = sign('AWS4-HMAC-SHA256-TRAILER', timestamp, scopeLine, previous, hash(lines));
  const all = mode.signed ? [...trailer, `x-amz-trailer-signature:${signature}`] : trailer;
  return `${frames.join('')}${all.map((line) => `${line}\r\n`).join('')}\r\n`;
}

async function decode(random: Random, mode: ChunkedMode, body: string) {
  const decoder = new ChunkedDecoder(mode, auth);
  const pieces: Buffer[] = [];
  for await (const piece of decoder.decode(inPieces(random, Buffer.from(body, 'latin1'))))
    pieces.push(Buffer.from(piece));
  return {
    content: Buffer.concat(pieces).toString('latin1'),
    trailer: [...decoder.trailers].map((pair) => pair.join(':')),
  };
}

/** Reads unsigned chunks of a whole body by regular expressions; undefined for anything else. The last line may be missing. */
function plainlyDecoded(body: string): string | undefined {
  let [rest, content] = [body, ''];
  for (;;) {
    const line = /^([0-9a-fA-F]+)\r\n/.exec(rest);
    if (line === null) return undefined;
    const size = Number.parseInt(line[1] ?? '', 16);
    rest = rest.slice(line[0].length);
    if (size === 0) return /^(?:[^\r\n:]+:[^\r\n]*\r\n)*(?:\r\n){0,2}$/.test(rest) ? content : undefined;
    if (rest.slice(size, size + 2) !== '\r\n') return undefined;
    content += rest.slice(0, size);
    rest = rest.slice(size + 2);
  }
}

const modes: readonly [ChunkedMode, ChunkedMode, ChunkedMode] = [
  { signed: true, trailer: false },
  { signed: true, trailer: true },
  { signed: false, trailer: true },
];
/** One character for each byte. */
const bytesOf = (text: string) => Buffer.from(text, 'latin1').toString('latin1');
const randomChunk = (random: Random) => String.fromCharCode(...list(random, 30, () => integer(random, 256)), 65);

describe('aws-chunked bodies', () => {
  it('are read whatever their pieces', () =>
    fuzz(async (random) => {
      const mode = pick(random, modes);
      const chunks = list(random, 4, () => randomChunk(random));
      const trailer = mode.trailer ? list(random, 1, () => 'x-amz-checksum-crc32:AAAAAA==') : [];
      const outcome = await outcomeOf(() => decode(random, mode, encoded(mode, chunks, trailer)));
      assert.deepEqual(outcome, { value: { content: chunks.join(''), trailer } });
    }));

  it('are refused when a signed byte is changed', () =>
    fuzz(async (random) => {
      const mode = pick<ChunkedMode>(random, [modes[0], modes[1]]);
      const body = encoded(mode, ['some content', ...list(random, 2, () => randomChunk(random))], []);
      const changed = bytesOf(mutated(random, body, tokens));
      const outcome = await outcomeOf(() => decode(random, mode, changed));
      if (changed === body || 'refused' in outcome) return;
      const whole = await decode(random, mode, body);
      assert.deepEqual(outcome.value, whole, JSON.stringify(changed));
    }));

  it('are refused or read as a plain reader does when an unsigned byte is changed', () =>
    fuzz(async (random) => {
      const body = encoded(modes[2], ['some content', randomChunk(random)], ['x-amz-a:b']);
      const changed = bytesOf(mutated(random, body, tokens));
      const outcome = await outcomeOf(() => decode(random, modes[2], changed));
      if ('value' in outcome) assert.equal(outcome.value.content, plainlyDecoded(changed), JSON.stringify(changed));
    }));
});

const boundary = 'XBOUNDARY';
const formTokens = [
  '\r\n',
  '--',
  `--${boundary}`,
  `--${boundary}--`,
  'name="file"',
  ';',
  '"',
  '\0',
  'Content-Disposition: ',
] as const;

function formText(fields: readonly (readonly [string, string])[], content: string): string {
  const parts = fields.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return `${parts.join('')}--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n${content}\r\n--${boundary}--\r\n`;
}

async function readForm(random: Random, text: string) {
  const body = Buffer.from(text, 'latin1');
  const contentType = `multipart/form-data; boundary=${boundary}`;
  const form = new MultipartForm({ chunks: inPieces(random, body), length: body.length, contentType });
  try {
    const { fields } = await form.readFields();
    const { chunks, tail } = form.file();
    const pieces: Buffer[] = [];
    for await (const chunk of chunks) pieces.push(Buffer.from(chunk));
    return { fields: [...fields], content: Buffer.concat([...pieces, await tail()]).toString('latin1') };
  } finally {
    await form.close();
  }
}

describe('forms', () => {
  it('are read whatever their pieces', () =>
    fuzz(async (random) => {
      const fields = Array.from({ length: integer(random, 4) }, (_, at) => [`f${at}`, `v\r\n-${at}`] as const);
      const content = `${randomChunk(random)}\r\n--${boundary.slice(0, integer(random, 9))}`;
      assert.deepEqual(await outcomeOf(() => readForm(random, formText(fields, content))), {
        value: { fields, content },
      });
    }));

  it('are refused, or give a file that ends at its delimiter, when they are changed', () =>
    fuzz(async (random) => {
      const changed = bytesOf(mutated(random, formText([['key', 'k']], 'content'), formTokens));
      const outcome = await outcomeOf(() => readForm(random, changed));
      if ('refused' in outcome) return;
      assert.ok(!outcome.value.content.includes(`\r\n--${boundary}`), JSON.stringify(changed));
      assert.ok(changed.includes(outcome.value.content));
    }));
});
