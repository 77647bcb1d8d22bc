// The codec of one type: flat writer, bounded reader, type description. All codecs are instances of one class, so
// that calls through them stay cheap.
import type { TypeDescriptor } from './descriptor.js';
import { Reader } from './reader.js';
import { Writer } from './writer.js';

export interface Codec<T> {
  encode(value: T): Uint8Array;
  /** Throws `SCALE_MALFORMED` on malformed, non-canonical, over-bound or trailing bytes. */
  decode(bytes: Uint8Array): T;
  write(value: T, writer: Writer): void;
  read(reader: Reader): T;
  /** Path, parameters and definition, as the metadata shows them. */
  readonly type: TypeDescriptor;
  /** No value encodes to fewer bytes: the bound by which a vector's length is refused before allocation. */
  readonly minBytes: number;
}

/** The TypeScript type of a codec's values. */
export type Static<C> = C extends Codec<infer T> ? T : never;

export interface CodecInit<T> {
  readonly type: TypeDescriptor;
  readonly minBytes: number;
  readonly write: (value: T, writer: Writer) => void;
  readonly read: (reader: Reader) => T;
}

/** A scratch buffer larger than this is not kept between calls. */
const SCRATCH_LIMIT_BYTES = 1 << 20;
let scratch: Writer | undefined = new Writer(4096);

class FlatCodec<T> implements Codec<T> {
  readonly type: TypeDescriptor;
  readonly minBytes: number;
  readonly write: (value: T, writer: Writer) => void;
  readonly read: (reader: Reader) => T;

  constructor(init: CodecInit<T>) {
    this.type = init.type;
    this.minBytes = init.minBytes;
    this.write = init.write;
    this.read = init.read;
  }

  encode(value: T): Uint8Array {
    // A codec that encodes inside `write` finds the shared buffer in use and allocates its own.
    const writer = scratch ?? new Writer();
    scratch = undefined;
    writer.reset();
    try {
      this.write(value, writer);
      return writer.toBytes();
    } finally {
      scratch = writer.capacity <= SCRATCH_LIMIT_BYTES ? writer : new Writer(4096);
    }
  }

  decode(bytes: Uint8Array): T {
    const reader = new Reader(bytes);
    const value = this.read(reader);
    reader.end();
    return value;
  }
}

/** Makes a codec of its two flat functions. */
export function createCodec<T>(init: CodecInit<T>): Codec<T> {
  return new FlatCodec(init);
}
