// The built pages of the console, held in memory: hashed names never change, and the page itself is compared by its ETag.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { CessError, messageOf } from '@cess/primitives';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};
const page = '/index.html';
/** The longest file is the code of the light client. */
const maxFileBytes = 16 * 1024 * 1024;

interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly isImmutable: boolean;
  readonly plain: Buffer;
  readonly encoded: Readonly<Partial<Record<'br' | 'gzip', Buffer>>>;
}

export class ConsoleAssets {
  readonly #files: ReadonlyMap<string, Asset>;

  /** Throws `CONSOLE_ASSETS_UNUSABLE`. */
  constructor(folder: string) {
    try {
      this.#files = readAssets(folder);
    } catch (cause) {
      throw unusable(folder, messageOf(cause), cause);
    }
    if (!this.#files.has(page)) throw unusable(folder, 'it has no index.html');
  }

  /** Answers with a file, and with the page for every path without a file extension: the page routes them itself. */
  serve({ method, headers }: IncomingMessage, response: ServerResponse, path: string): void {
    const asset = this.#files.get(path) ?? (extname(path) === '' ? this.#files.get(page) : undefined);
    if (asset === undefined) return end(response, 404);
    if (method !== 'GET' && method !== 'HEAD') return end(response, 405);
    const { type, etag, isImmutable, plain, encoded } = asset;
    response.setHeader('cache-control', isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    response.setHeader('etag', etag);
    response.setHeader('vary', 'accept-encoding');
    if (headers['if-none-match'] === etag) return end(response, 304);
    const accepted = String(headers['accept-encoding'] ?? '');
    const coding = (['br', 'gzip'] as const).find((one) => encoded[one] !== undefined && accepted.includes(one));
    const bytes = (coding === undefined ? undefined : encoded[coding]) ?? plain;
    if (coding !== undefined) response.setHeader('content-encoding', coding);
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.length });
    response.end(method === 'HEAD' ? undefined : bytes);
  }
}

function readAssets(folder: string): ReadonlyMap<string, Asset> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const files = new Map<string, Asset>();
  for (const name of names) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const read = (suffix: string) =>
      names.includes(name + suffix) ? readFile(join(folder, name + suffix)) : undefined;
    const plain = readFile(join(folder, name));
    const [br, gzip] = [read('.br'), read('.gz')];
    files.set(`/${name.split(sep).join('/')}`, {
      type,
      etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
      isImmutable: /-[A-Z0-9]{8}\.\w+$/.test(name),
      plain,
      encoded: { ...(br === undefined ? {} : { br }), ...(gzip === undefined ? {} : { gzip }) },
    });
  }
  return files;
}

function readFile(path: string): Buffer {
  const bytes = readFileSync(path);
  if (bytes.length > maxFileBytes) throw new Error(`${path} is larger than ${maxFileBytes} bytes`);
  return bytes;
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status);
  response.end();
}

function unusable(folder: string, reason: string, cause?: unknown): CessError {
  const message = `The pages of the console cannot be read from ${folder}: ${reason}. Build them with \`npm run build\`.`;
  return new CessError('CONSOLE_ASSETS_UNUSABLE', message, { folder }, cause === undefined ? {} : { cause });
}
