// Which versions a lifecycle rule covers, and which are too small for a transition.
import type { LifecycleFilter, LifecycleTag, StorageClass, TransitionMinimum } from './rules.js';

export interface VersionFacts {
  readonly key: string;
  /** Bytes; 0 for a delete marker. */
  readonly size: number;
  /** None for a delete marker. */
  readonly tags: readonly LifecycleTag[];
  readonly isDeleteMarker: boolean;
}

const smallObjectBytes = 128 * 1024;

/** A delete marker has neither tags nor a size, so only a rule that asks for neither covers it. */
export function matchesFilter(filter: LifecycleFilter, { key, size, tags, isDeleteMarker }: VersionFacts): boolean {
  const { prefix = '', tags: wanted = [], sizeGreaterThan, sizeLessThan } = filter;
  if (!key.startsWith(prefix)) return false;
  const hasSize = sizeGreaterThan !== undefined || sizeLessThan !== undefined;
  if (isDeleteMarker) return wanted.length === 0 && !hasSize;
  if (sizeGreaterThan !== undefined && size <= sizeGreaterThan) return false;
  if (sizeLessThan !== undefined && size >= sizeLessThan) return false;
  return wanted.every((tag) => tags.some(({ key: name, value }) => name === tag.key && value === tag.value));
}

/**
 * Objects below 128 KiB stay where they are, because a transition costs more than it saves. A rule with a filter by size
 * decides for itself. `varies_by_storage_class` is the behaviour of older configurations: archives take everything.
 */
export function meetsTransitionMinimum(
  { sizeGreaterThan, sizeLessThan }: LifecycleFilter,
  size: number,
  storageClass: StorageClass,
  minimum: TransitionMinimum,
): boolean {
  if (size >= smallObjectBytes || sizeGreaterThan !== undefined || sizeLessThan !== undefined) return true;
  return minimum === 'varies_by_storage_class' && (storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE');
}
