// The body of a browser's form upload (multipart/form-data, RFC 7578): small fields, then one file, then fields that are
// ignored, such as the submit button. The length of the file is not stated anywhere, but the storage needs it before the first
// byte: so all of the body but its end is stored as it comes, and the end is held in memory until the delimiter in it is found.
import { S3Error } from '../errors.js';

/** Amazon's limit for everything before the file. */
const maxFieldsBytes = 20 * 1024;
/** What may follow the file; also the most that is held in memory. */
const maxTailBytes = 64 * 1024;
const maxBoundaryLength = 70;

interface FormFile {
  readonly filename: string;
  readonly contentType: string | undefined;
}

export interface FormFields {
  /** By their names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  readonly file: FormFile;
}

export interface FormInit {
  readonly chunks: AsyncIterable<Buffer>;
  /** Of the whole body. */
  readonly length: number;
  /** The header Content-Type. */
  readonly contentType: string | undefined;
}

export class MultipartForm {
  readonly #source: AsyncIterator<Buffer>;
  readonly #delimiter: Buffer;
  /** Received and not yet used. The body is read as if a line ended before it, so that its first delimiter is like all others. */
  #buffered: Buffer = Buffer.from('\r\n');
  /** Bytes of the body, used or not. */
  #received = 0;
  #fieldsBytes = 0;

  /** Throws RequestIsNotMultiPartContent. */
  constructor(private readonly init: FormInit) {
    this.#source = init.chunks[Symbol.asyncIterator]();
    this.#delimiter = Buffer.from(`\r\n--${boundaryOf(init.contentType)}`);
  }

  /** Reads up to the first byte of the file. Throws MalformedPOSTRequest, MaxPostPreDataLengthExceededError. */
  async readFields(): Promise<FormFields> {
    const fields = new Map<string, string>();
    await this.#takeUntil(this.#delimiter);
    for (;;) {
      const line = await this.#takeUntil(Buffer.from('\r\n'));
      if (line.toString('latin1').trim() !== '') throw line.toString('latin1', 0, 2) === '--' ? noFile() : malformed();
      const part = readPartHead((await this.#takeUntil(Buffer.from('\r\n\r\n'))).toString('utf8'));
      if (part.name === 'file') return { fields, file: part };
      const value = (await this.#takeUntil(this.#delimiter)).toString('utf8');
      if (fields.has(part.name)) {
        throw new S3Error('InvalidArgument', {
          message: `The form has the field ${part.name.slice(0, 64)} more than once.`,
        });
      }
      fields.set(part.name, value);
    }
  }

  /** The file, once the fields are read. `chunks` must be read to its end before `tail`. */
  file(): { readonly length: number; readonly chunks: AsyncGenerator<Buffer>; readonly tail: () => Promise<Buffer> } {
    const left = this.init.length - this.#received + this.#buffered.length;
    const length = Math.max(0, left - maxTailBytes - this.#delimiter.length);
    const end = { seen: Buffer.alloc(0) };
    return { length, chunks: this.#head(length, end), tail: () => this.#tail(end.seen) };
  }

  /** Ends the reading of the body, wherever it is: a reader that is left alone would keep its request from ending. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** The first `length` bytes of the file, which must hold no delimiter. `end` takes the last bytes of it. */
  async *#head(length: number, end: { seen: Buffer }): AsyncGenerator<Buffer> {
    let left = length;
    while (left > 0) {
      if (this.#buffered.length === 0) await this.#fill();
      const piece = this.#buffered.subarray(0, left);
      this.#buffered = this.#buffered.subarray(piece.length);
      left -= piece.length;
      const searched = Buffer.concat([end.seen, piece]);
      if (searched.includes(this.#delimiter)) throw malformed();
      end.seen = Buffer.from(searched.subarray(-this.#delimiter.length + 1));
      yield piece;
    }
  }

  /** The rest of the file. `seen` are the bytes before it, in which a delimiter may have begun. */
  async #tail(seen: Buffer): Promise<Buffer> {
    const pieces = [seen, this.#buffered];
    for (let next = await this.#source.next(); next.done !== true; next = await this.#source.next()) {
      pieces.push(Buffer.from(next.value));
    }
    const searched = Buffer.concat(pieces);
    const end = searched.indexOf(this.#delimiter);
    if (end < seen.length) throw malformed();
    return searched.subarray(seen.length, end);
  }

  /** What stands before the mark, which is removed as well. */
  async #takeUntil(mark: Buffer): Promise<Buffer> {
    let searched = 0;
    for (;;) {
      const at = this.#buffered.indexOf(mark, searched);
      const taken = at < 0 ? this.#buffered.length : at + mark.length;
      if (this.#fieldsBytes + taken > maxFieldsBytes) throw new S3Error('MaxPostPreDataLengthExceededError');
      if (at >= 0) {
        this.#fieldsBytes += taken;
        const found = this.#buffered.subarray(0, at);
        this.#buffered = this.#buffered.subarray(taken);
        return found;
      }
      searched = Math.max(0, this.#buffered.length - mark.length + 1);
      await this.#fill();
    }
  }

  async #fill(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) throw malformed();
    this.#received += next.value.length;
    this.#buffered = Buffer.concat([this.#buffered, next.value]);
  }
}

function boundaryOf(contentType: string | undefined): string {
  const [, quoted, bare] =
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType ?? '') ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined || boundary.length > maxBoundaryLength) throw new S3Error('RequestIsNotMultiPartContent');
  return boundary;
}

function readPartHead(head: string): FormFile & { readonly name: string } {
  const headers = new Map(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, Math.max(0, colon)).trim().toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const disposition = headers.get('content-disposition') ?? '';
  const name = parameterOf(disposition, 'name');
  if (!/^form-data\s*;/i.test(disposition) || name === undefined || name === '') throw malformed();
  return {
    name: name.toLowerCase(),
    filename: extendedParameterOf(disposition, 'filename') ?? parameterOf(disposition, 'filename') ?? '',
    contentType: headers.get('content-type'),
  };
}

/** Browsers escape quotes and line ends by percent signs, and backslashes not at all (HTML standard, "Multipart form data"). */
function parameterOf(disposition: string, name: string): string | undefined {
  const [, quoted, bare] = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^\\s;"]+))`, 'i').exec(disposition) ?? [];
  return quoted?.replace(/%22/g, '"').replace(/%0D/gi, '\r').replace(/%0A/gi, '\n') ?? bare;
}

/** `filename*=UTF-8''…` (RFC 8187). */
function extendedParameterOf(disposition: string, name: string): string | undefined {
  const [, text] = new RegExp(`;\\s*${name}\\*=utf-8'[^']*'([^\\s;]+)`, 'i').exec(disposition) ?? [];
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch (cause) {
    throw new S3Error('MalformedPOSTRequest', { cause });
  }
}

function malformed(): S3Error {
  return new S3Error('MalformedPOSTRequest');
}

function noFile(): S3Error {
  return new S3Error('IncorrectNumberOfFilesInPostRequest');
}
