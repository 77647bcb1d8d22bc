// What the gateway states in a receipt and signs with its node key (docs/protocol/receipts.md §3). Hashes and keys are lower-case
// hex with 0x.
import { sha256 } from '@cess/crypto';
import { concatBytes, utf8 } from '@cess/primitives';
import { fieldsOf, hexOf, listOf, malformed, numberOf, textOf, textOrNull } from './fields.js';

/** The object of a receipt. */
interface ReceiptObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | null;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly storageClass: string;
  readonly checksumType: string;
  readonly checksums: readonly { readonly algorithm: string; readonly value: string }[];
  /** Of a multipart object, else empty. */
  readonly partSizes: readonly number[];
}

/** A run of plaintext bytes of a file. */
export interface ReceiptExtent {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** A sealed stream inside of a file. Today every file is one stream. */
export interface ReceiptStream {
  readonly id: string;
  /** Where its plaintext begins in the plaintext of the file. */
  readonly plaintextOffset: number;
  /** Where its ciphertext begins in the ciphertext of the file. */
  readonly ciphertextOffset: number;
  readonly ciphertextLength: number;
  /** Only where the reader of the object requested it, and an extent has all bytes of the stream. */
  readonly key: string | null;
}

/** The shards that the data fragments of a segment consist of. */
export interface ReceiptShards {
  readonly segment: number;
  /** Length of every shard but the last of a fragment: a power of two times 4 KiB. */
  readonly shardLength: number;
  /** For each data fragment the hashes of its shards, joined. */
  readonly hashes: readonly string[];
}

/** A file of the object, and how its content is encrypted. */
export interface ReceiptFile {
  readonly id: string;
  readonly streams: readonly ReceiptStream[];
  /** Of the segments that the extents touch. */
  readonly shards: readonly ReceiptShards[];
}

/** What the gateway states and signs. */
export interface ReceiptStatement {
  readonly genesis: string;
  /** Account of the gateway. */
  readonly gateway: string;
  /** The finalized block whose state the receipt proves. */
  readonly block: { readonly number: number; readonly hash: string };
  readonly issuedAtMs: number;
  readonly object: ReceiptObject;
  readonly extents: readonly ReceiptExtent[];
  /** Every file of the extents once, in the order of its first extent. */
  readonly files: readonly ReceiptFile[];
}

const domain = utf8('CESS/object-receipt/v1');
/** Parts of an upload. Copied parts can have several extents each. */
const maxExtents = 100_000;
/** Of one file. */
const maxStreams = 1024;

/** What the gateway signs: domain ‖ SHA-256 of the statement as JSON without white space. */
export function statementMessage(statement: ReceiptStatement): Uint8Array {
  return concatBytes(domain, sha256(utf8(JSON.stringify(statement))));
}

/** Throws `OBJECT_RECEIPT_MALFORMED`. */
export function readStatement(value: unknown): ReceiptStatement {
  const { genesis, gateway, block, issuedAtMs, object, extents, files } = fieldsOf(value, 'statement');
  const { number, hash } = fieldsOf(block, 'block');
  return {
    genesis: hexOf(genesis, 'genesis', 32),
    gateway: hexOf(gateway, 'gateway', 32),
    block: { number: numberOf(number, 'block.number'), hash: hexOf(hash, 'block.hash', 32) },
    issuedAtMs: numberOf(issuedAtMs, 'issuedAtMs'),
    object: readObject(object),
    extents: listOf(extents, 'extents', maxExtents, readExtent),
    files: listOf(files, 'files', maxExtents, readFile),
  };
}

function readObject(value: unknown): ReceiptObject {
  const object = fieldsOf(value, 'object');
  return {
    bucket: textOf(object['bucket'], 'bucket'),
    key: textOf(object['key'], 'key'),
    versionId: textOrNull(object['versionId'], 'versionId'),
    size: numberOf(object['size'], 'size'),
    etag: textOf(object['etag'], 'etag'),
    lastModifiedMs: numberOf(object['lastModifiedMs'], 'lastModifiedMs'),
    storageClass: textOf(object['storageClass'], 'storageClass'),
    checksumType: textOf(object['checksumType'], 'checksumType'),
    checksums: listOf(object['checksums'], 'checksums', 16, (item, what) => {
      const { algorithm, value: checksum } = fieldsOf(item, what);
      return { algorithm: textOf(algorithm, what), value: textOf(checksum, what) };
    }),
    partSizes: listOf(object['partSizes'], 'partSizes', maxExtents, numberOf),
  };
}

function readExtent(value: unknown, what: string): ReceiptExtent {
  const { file, offset, length } = fieldsOf(value, what);
  return {
    file: hexOf(file, what, 32),
    offset: numberOf(offset, what),
    length: numberOf(length, what),
  };
}

function readFile(value: unknown, what: string): ReceiptFile {
  const { id, streams, shards } = fieldsOf(value, what);
  return {
    id: hexOf(id, what, 32),
    streams: listOf(streams, `${what}.streams`, maxStreams, readStream),
    shards: listOf(shards, `${what}.shards`, 1024, readShards),
  };
}

function readStream(value: unknown, what: string): ReceiptStream {
  const { id, plaintextOffset, ciphertextOffset, ciphertextLength, key } = fieldsOf(value, what);
  return {
    id: hexOf(id, what, 32),
    plaintextOffset: numberOf(plaintextOffset, what),
    ciphertextOffset: numberOf(ciphertextOffset, what),
    ciphertextLength: numberOf(ciphertextLength, what),
    key: key === null ? null : hexOf(key, what, 32),
  };
}

function readShards(value: unknown, what: string): ReceiptShards {
  const { segment, shardLength, hashes } = fieldsOf(value, what);
  const length = numberOf(shardLength, what);
  if (length < 4096 || length > 2 ** 20 || (length & (length - 1)) !== 0)
    throw malformed(`${what} has an invalid shard length`);
  return {
    segment: numberOf(segment, what),
    shardLength: length,
    hashes: listOf(hashes, what, 256, (item) => hexOf(item, what)),
  };
}
