// What the versions of a page of a bucket add up to.
import type { ListedVersion, ListItem } from '@cess/object-index';

export interface VersionCounts {
  /** Current objects. */
  readonly objects: number;
  /** All versions, delete markers included. */
  readonly versions: number;
  readonly deleteMarkers: number;
  /** Sum of the sizes of all versions. */
  readonly bytes: number;
}

export const noVersions: VersionCounts = { objects: 0, versions: 0, deleteMarkers: 0, bytes: 0 };

export function countVersions(items: readonly ListItem<ListedVersion>[]): VersionCounts {
  const counts = { objects: 0, versions: 0, deleteMarkers: 0, bytes: 0 };
  for (const item of items) {
    if (item.type === 'prefix') continue;
    const { version, isLatest } = item.value;
    counts.versions++;
    if (version.isDeleteMarker) counts.deleteMarkers++;
    else if (isLatest) counts.objects++;
    counts.bytes += version.size;
  }
  return counts;
}

export function addCounts(a: VersionCounts, b: VersionCounts): VersionCounts {
  return {
    objects: a.objects + b.objects,
    versions: a.versions + b.versions,
    deleteMarkers: a.deleteMarkers + b.deleteMarkers,
    bytes: a.bytes + b.bytes,
  };
}
