// Records on disk that can grow: one version byte, then the bytes of that version. A program reads every version up to
// its own, writes its own, and refuses a newer one instead of misreading it.
import { CessError } from '@cess/primitives';
import { type Codec, createCodec } from './codec.js';

export interface VersionedRecordInit<T> {
  /** For the error message, for example `object`. */
  readonly name: string;
  /** 1 to 255; written in front of every record. */
  readonly version: number;
  /** The fields of `version`. */
  readonly codec: Codec<T>;
  /** For each older version: reads its fields and gives the value that `version` has for them. */
  readonly older?: Readonly<Record<number, Pick<Codec<T>, 'read'>>>;
}

/**
 * The codec of a record with its version. Decoding throws `RECORD_VERSION` for a version that this program does not
 * know and `SCALE_MALFORMED` for damaged bytes.
 */
export function versionedRecord<T>({ name, version, codec, older = {} }: VersionedRecordInit<T>): Codec<T> {
  return createCodec<T>({
    type: codec.type,
    minBytes: 1,
    write: (value, writer) => {
      writer.u8(version);
      codec.write(value, writer);
    },
    read: (reader) => {
      const found = reader.u8();
      if (found === version) return codec.read(reader);
      const reads = older[found];
      if (reads !== undefined) return reads.read(reader);
      throw new CessError(
        'RECORD_VERSION',
        `The ${name} record has version ${found}, and this program reads up to ${version}. Update the program.`,
        { name, found, expected: version },
      );
    },
  });
}
