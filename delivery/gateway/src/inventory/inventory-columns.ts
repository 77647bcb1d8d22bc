// The columns of an inventory: their names in both formats, and their values for a version.
import type { BucketRecord, ListedVersion } from '@cess/object-index';
import { toHex } from '@cess/primitives';
import type { Inventory, InventoryField } from '../s3/configurations/inventory.js';
import { encryptionOf } from '../s3/encryption/object-encryption.js';

export interface InventoryRow extends ListedVersion {
  readonly bucketName: string;
  readonly bucket: BucketRecord;
  readonly key: string;
}

export type CellType = 'STRING' | 'BOOLEAN' | 'INT64' | 'TIMESTAMP';
export type Cell = string | boolean | number | undefined;

export interface InventoryColumn {
  /** In the schema of CSV reports. */
  readonly name: string;
  /** In Parquet files. */
  readonly parquetName: string;
  readonly type: CellType;
  /** A time is in milliseconds. Undefined: nothing to say of this version. */
  readonly value: (row: InventoryRow) => Cell;
}

const optional: Readonly<Record<InventoryField, Omit<InventoryColumn, 'name'>>> = {
  Size: { parquetName: 'size', type: 'INT64', value: ofObject(({ version }) => version.size) },
  LastModifiedDate: {
    parquetName: 'last_modified_date',
    type: 'TIMESTAMP',
    value: ({ version }) => version.lastModifiedMs,
  },
  StorageClass: {
    parquetName: 'storage_class',
    type: 'STRING',
    value: ofObject(({ version }) => version.storageClass),
  },
  ETag: { parquetName: 'e_tag', type: 'STRING', value: ofObject(({ version }) => version.etag) },
  IsMultipartUploaded: {
    parquetName: 'is_multipart_uploaded',
    type: 'BOOLEAN',
    value: ofObject(({ version }) => version.parts.length > 0),
  },
  ReplicationStatus: { parquetName: 'replication_status', type: 'STRING', value: () => undefined },
  EncryptionStatus: { parquetName: 'encryption_status', type: 'STRING', value: ofObject(encryptionStatus) },
  ObjectLockRetainUntilDate: {
    parquetName: 'object_lock_retain_until_date',
    type: 'TIMESTAMP',
    value: ({ version }) => version.retention?.untilMs,
  },
  ObjectLockMode: { parquetName: 'object_lock_mode', type: 'STRING', value: ({ version }) => version.retention?.mode },
  ObjectLockLegalHoldStatus: {
    parquetName: 'object_lock_legal_hold_status',
    type: 'STRING',
    value: ofObject(({ version }) => (version.legalHold ? 'On' : 'Off')),
  },
  IntelligentTieringAccessTier: {
    parquetName: 'intelligent_tiering_access_tier',
    type: 'STRING',
    value: () => undefined,
  },
  BucketKeyStatus: { parquetName: 'bucket_key_status', type: 'STRING', value: ofObject(() => 'DISABLED') },
  ChecksumAlgorithm: {
    parquetName: 'checksum_algorithm',
    type: 'STRING',
    value: ofObject(({ version }) => version.checksums.map(([algorithm]) => algorithm).join(',')),
  },
  ObjectOwner: {
    parquetName: 'object_owner',
    type: 'STRING',
    value: ({ version, bucket }) => toHex(version.owner ?? bucket.owner),
  },
};

const always: readonly InventoryColumn[] = [
  { name: 'Bucket', parquetName: 'bucket', type: 'STRING', value: ({ bucketName }) => bucketName },
  { name: 'Key', parquetName: 'key', type: 'STRING', value: ({ key }) => key },
];
const ofVersions: readonly InventoryColumn[] = [
  {
    name: 'VersionId',
    parquetName: 'version_id',
    type: 'STRING',
    value: ({ versionId, bucket }) => (bucket.versioning === 'never' ? undefined : versionId),
  },
  { name: 'IsLatest', parquetName: 'is_latest', type: 'BOOLEAN', value: ({ isLatest }) => isLatest },
  {
    name: 'IsDeleteMarker',
    parquetName: 'is_delete_marker',
    type: 'BOOLEAN',
    value: ({ version }) => version.isDeleteMarker,
  },
];

export function columnsOf({ versions, fields }: Pick<Inventory, 'versions' | 'fields'>): readonly InventoryColumn[] {
  const chosen = fields.map((name) => ({ name, ...optional[name] }));
  return [...always, ...(versions === 'All' ? ofVersions : []), ...chosen];
}

/** A delete marker has none of it. */
function ofObject(value: (row: InventoryRow) => Cell): InventoryColumn['value'] {
  return (row) => (row.version.isDeleteMarker ? undefined : value(row));
}

function encryptionStatus({ version }: InventoryRow): string {
  return encryptionOf(version)?.type === 'customer' ? 'SSE-C' : 'SSE-S3';
}
