// Objects, versions and storage classes of the index as the lifecycle rules see them.
import { isLifecycleClass, type ObjectVersion, type StorageClass } from '@cess/access';
import type { ObjectRecord } from '@cess/object-index';

type Place = Pick<ObjectVersion, 'noncurrent' | 'isOnlyVersion'>;

/** What rules look at. */
export type VersionRecord = Pick<ObjectRecord, 'size' | 'tags' | 'isDeleteMarker' | 'storageClass' | 'lastModifiedMs'>;

export function factsOf(key: string, version: VersionRecord, place: Place): ObjectVersion {
  return {
    key,
    size: version.size,
    tags: version.tags.map(([name, value]) => ({ key: name, value })),
    isDeleteMarker: version.isDeleteMarker,
    storageClass: storageClassOf(version.storageClass),
    createdMs: version.lastModifiedMs,
    ...place,
  };
}

function storageClassOf(name: string): StorageClass {
  return isLifecycleClass(name) ? name : 'STANDARD';
}
