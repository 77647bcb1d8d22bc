// The bytes of a file with a part of an exported index (docs/protocol/index-export.md):
//   "CESSIDX1" ‖ u32 length of the header (LE) ‖ header ‖ sealed stream of the compressed body
// The header is in clear: whose index it is, and the wrapped keys. The body names the files that it builds on and has the entries, by
// key. The header needs no seal: the anchor on the chain commits to the bytes of the newest file, and that to those of all others.
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import {
  bytes,
  type Codec,
  enumeration,
  fixedBytes,
  option,
  type Static,
  safeInteger as size,
  struct,
  u32,
  vec,
  versionedRecord,
} from '@cess/codec';
import { systemRng } from '@cess/crypto';
import { concatBytes, equalBytes, MiB, utf8 } from '@cess/primitives';
import {
  ciphertextLength,
  frameCountOf,
  framePlaintextSizeBytes,
  frameSizeBytes,
  keyWrapCodec,
  openFrame,
  plaintextLengthOf,
  sealFrame,
  unwrapStreamKey,
  wrapStreamKey,
} from '@cess/sealing';
import { exportInvalid, exportKeyMissing } from './errors.js';
import { type ExportKey, keyGenerations } from './export-keys.js';

/** First bytes of every file of an export. */
const exportMagic = utf8('CESSIDX1');
const maxHeaderBytes = MiB;
/** Entries of one file, before compression. A single record is far smaller. */
const maxBodyBytes = 16 * MiB;
/** Files of one export: a snapshot of 64 GiB, beside the deltas behind it. */
const maxLiveFiles = 16_384;

const id = fixedBytes(32);

const header = struct({
  genesis: id,
  owner: id,
  /** Account of the gateway that exports. */
  gateway: id,
  /** Rises with every file of the export; that of the newest file is the sequence of the anchor. */
  number: size,
  /** `snapshot`: a part of the whole index; `delta`: what changed since the file before it. */
  kind: enumeration(['snapshot', 'delta']),
  streamId: id,
  /** Of the key that wraps the stream key. */
  generation: u32,
  streamKey: bytes({ max: 256 }),
  keys: keyGenerations,
});
export type ExportHeader = Static<typeof header>;
const headerRecord = versionedRecord({ name: 'header of an exported index', version: 1, codec: header });

const entry = struct({ key: bytes(), value: option(bytes()) });
/** Of a table of the index; without a value: deleted. */
export type ExportEntry = Static<typeof entry>;

const body = struct({
  madeAtMs: size,
  /** Ids of the files that this one builds on, from the oldest to the newest. Later entries replace earlier ones. */
  base: vec(id, { max: maxLiveFiles }),
  entries: vec(entry),
  /** The users, roles and policies of the owner's account, if they changed: all of them. */
  account: option(vec(entry)),
});
export type ExportBody = Static<typeof body>;
const bodyRecord = versionedRecord({ name: 'body of an exported index', version: 1, codec: body });

export interface ExportFile {
  readonly header: ExportHeader;
  readonly body: ExportBody;
}

const compress = promisify<Uint8Array, object, Buffer>(deflateRaw);
const decompress = promisify<Uint8Array, object, Buffer>(inflateRaw);

export async function encodeExportFile(
  fields: Omit<ExportHeader, 'streamId' | 'generation' | 'streamKey'>,
  content: ExportBody,
  { generation, key }: ExportKey,
): Promise<Uint8Array> {
  const [streamId, streamKey] = [systemRng.bytes(32), systemRng.bytes(32)];
  const wrap = keyWrapCodec.encode(wrapStreamKey(key, streamId, streamKey));
  const head = headerRecord.encode({ ...fields, streamId, generation, streamKey: wrap });
  const plaintext = await compress(bodyRecord.encode(content), { level: 6 });
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length, true);
  return concatBytes(exportMagic, length, head, sealAll(plaintext, streamId, streamKey));
}

/** The header, which needs no key. Throws `EXPORT_INVALID`. */
export function readExportHeader(file: Uint8Array): ExportHeader {
  const at = exportMagic.length + 4;
  if (file.length < at || !equalBytes(file.subarray(0, exportMagic.length), exportMagic))
    throw exportInvalid('it has another format');
  return decode(headerRecord, file.subarray(at, at + headerLength(file)), 'the header of a file');
}

/** Throws `EXPORT_INVALID`, `EXPORT_KEY_MISSING`. */
export async function decodeExportFile(file: Uint8Array, keys: readonly ExportKey[]): Promise<ExportFile> {
  const head = readExportHeader(file);
  const key = keys.find(({ generation }) => generation === head.generation)?.key;
  if (key === undefined) throw exportKeyMissing();
  const sealed = file.subarray(exportMagic.length + 4 + headerLength(file));
  try {
    const wrap = keyWrapCodec.decode(head.streamKey);
    if (wrap.type !== 'bucket') throw exportInvalid('the key of a file has another type');
    const streamKey = unwrapStreamKey(key, head.streamId, wrap);
    const inflated = await decompress(openAll(sealed, head.streamId, streamKey), { maxOutputLength: maxBodyBytes });
    const plaintext = new Uint8Array(inflated.buffer, inflated.byteOffset, inflated.length);
    return { header: head, body: decode(bodyRecord, plaintext, 'the body of a file') };
  } catch (cause) {
    throw exportInvalid('a file does not open', cause);
  }
}

function headerLength(file: Uint8Array): number {
  const length = new DataView(file.buffer, file.byteOffset + exportMagic.length, 4).getUint32(0, true);
  if (length > maxHeaderBytes || exportMagic.length + 4 + length > file.length)
    throw exportInvalid('a file is cut off');
  return length;
}

function decode<T>(codec: Codec<T>, encoded: Uint8Array, what: string): T {
  try {
    return codec.decode(encoded);
  } catch (cause) {
    throw exportInvalid(`${what} cannot be read`, cause);
  }
}

function sealAll(plaintext: Uint8Array, streamId: Uint8Array, streamKey: Uint8Array): Uint8Array {
  const out = new Uint8Array(ciphertextLength(plaintext.length));
  const frames = frameCountOf(plaintext.length);
  for (let index = 0, at = 0; index < frames; index++) {
    const piece = plaintext.subarray(index * framePlaintextSizeBytes, (index + 1) * framePlaintextSizeBytes);
    at += sealFrame(streamKey, { streamId, index, isLast: index === frames - 1 }, piece, out, at);
  }
  return out;
}

function openAll(sealed: Uint8Array, streamId: Uint8Array, streamKey: Uint8Array): Uint8Array {
  const length = plaintextLengthOf(sealed.length);
  if (length === undefined) throw exportInvalid('a file is cut off');
  const out = new Uint8Array(length);
  const frames = frameCountOf(length);
  for (let index = 0, at = 0; index < frames; index++) {
    const frame = sealed.subarray(index * frameSizeBytes, (index + 1) * frameSizeBytes);
    at += openFrame(streamKey, { streamId, index, isLast: index === frames - 1 }, frame, out, at);
  }
  return out;
}
