// The object that the parts of an upload make.
import { createHash } from 'node:crypto';
import { type NewObject, type PartRecord, settingsOf, type UploadRecord } from '@cess/object-index';
import { type ChecksumAlgorithm, parseAlgorithm } from '../body/checksums.js';
import { combineCrc, compositeDigest } from '../body/crc-combine.js';
import { S3Error } from '../errors.js';

/** Of every part but the last (Amazon's limit). */
const minPartBytes = 5 * 1024 * 1024;
/** Largest object (Amazon's limit). */
export const maxObjectBytes = 5 * 1024 ** 4;

export interface ChosenPart {
  readonly partNumber: number;
  readonly etag: string;
  readonly checksums: readonly (readonly [ChecksumAlgorithm, string])[];
}

/** Assembles the object from the selected parts. Throws InvalidPart, EntityTooSmall, EntityTooLarge, BadDigest. */
export function assembleObject(
  chosen: readonly ChosenPart[],
  stored: ReadonlyMap<number, PartRecord>,
  upload: UploadRecord,
  { nowMs, leastPartBytes = minPartBytes }: { readonly nowMs: number; readonly leastPartBytes?: number },
): NewObject {
  const parts = chosen.map(({ partNumber, etag, checksums }, index) => {
    const part = stored.get(partNumber);
    if (part === undefined || part.etag !== etag) {
      throw new S3Error('InvalidPart', { details: { PartNumber: String(partNumber), ETag: etag.slice(0, 128) } });
    }
    if (index < chosen.length - 1 && part.size < leastPartBytes) {
      throw new S3Error('EntityTooSmall', {
        details: {
          ProposedSize: String(part.size),
          MinSizeAllowed: String(leastPartBytes),
          PartNumber: String(partNumber),
          ETag: part.etag,
        },
      });
    }
    for (const [algorithm, value] of checksums) {
      if (!part.checksums.some(([own, ownValue]) => own === algorithm && ownValue === value)) {
        throw new S3Error('InvalidPart', { details: { PartNumber: String(partNumber) } });
      }
    }
    return part;
  });
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (size > maxObjectBytes) throw new S3Error('EntityTooLarge');
  const md5 = createHash('md5');
  for (const part of parts) md5.update(Buffer.from(part.etag, 'hex'));
  return {
    size,
    etag: `${md5.digest('hex')}-${parts.length}`,
    lastModifiedMs: nowMs,
    contentType: upload.contentType,
    headers: upload.headers,
    metadata: upload.metadata,
    ...settingsOf(upload),
    checksums: objectChecksums(parts, upload),
    checksumType: upload.checksumType,
    extents: parts.flatMap((part) => part.extents),
    parts: parts.map(({ size: partSize, checksums }) => ({ size: partSize, checksums })),
  };
}

/** The checksum of the whole object: of its bytes (FULL_OBJECT) or of its parts' checksums (COMPOSITE). */
function objectChecksums(parts: readonly PartRecord[], upload: UploadRecord): [string, string][] {
  if (upload.checksumAlgorithm === undefined) return [];
  const algorithm = parseAlgorithm(upload.checksumAlgorithm);
  const values = parts.map(({ checksums }) => checksums.find(([own]) => own === algorithm)?.[1]);
  if (values.some((value) => value === undefined)) return [];
  const digests = (values as string[]).map((value) => Buffer.from(value, 'base64'));
  if (upload.checksumType === 'FULL_OBJECT') {
    const sizes = parts.map(({ size }) => size);
    return [[algorithm, combineCrc(algorithm as 'CRC32' | 'CRC32C' | 'CRC64NVME', digests, sizes).toString('base64')]];
  }
  return [[algorithm, `${compositeDigest(algorithm, digests)}-${parts.length}`]];
}
