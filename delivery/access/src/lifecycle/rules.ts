// Lifecycle configurations as data (Amazon S3 User Guide, "Lifecycle configuration elements").

/** Amazon's storage classes from the one that everything may leave to the one that nothing leaves. */
export const storageClasses = [
  'STANDARD',
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const;

/** Classes by their number of data and parity fragments, and Amazon's former one: Amazon's rules know neither. */
export type StorageClass = (typeof storageClasses)[number] | 'REDUCED_REDUNDANCY' | `CESS_${number}_${number}`;

/** Whether a transition to the class leads there from every other one: Amazon's rules know no way to it. */
export function isOpenTarget(storageClass: StorageClass): boolean {
  return storageClass === 'STANDARD' || !storageClasses.some((known) => known === storageClass);
}

export function isLifecycleClass(text: string): text is StorageClass {
  const isAmazons = storageClasses.some((known) => known === text);
  return isAmazons || text === 'REDUCED_REDUNDANCY' || /^CESS_[1-9]\d{0,2}_[1-9]\d{0,2}$/.test(text);
}

export interface LifecycleTag {
  readonly key: string;
  readonly value: string;
}

/** All parts must match. An empty filter is every object of the bucket. */
export interface LifecycleFilter {
  readonly prefix?: string;
  readonly tags?: readonly LifecycleTag[];
  /** Bytes; the object must be larger. */
  readonly sizeGreaterThan?: number;
  /** Bytes; the object must be smaller. */
  readonly sizeLessThan?: number;
}

export type LifecycleExpiration =
  | { readonly days: number }
  /** Milliseconds since 1970, at midnight UTC. */
  | { readonly dateMs: number }
  /** Removes a delete marker that is the only version left. */
  | { readonly expiredObjectDeleteMarker: boolean };

export type LifecycleTransition = { readonly storageClass: StorageClass } & (
  | { readonly days: number }
  | { readonly dateMs: number }
);

export interface NoncurrentExpiration {
  readonly noncurrentDays: number;
  /** How many noncurrent versions are kept whatever their age. */
  readonly newerNoncurrentVersions?: number;
}

export interface NoncurrentTransition extends NoncurrentExpiration {
  readonly storageClass: StorageClass;
}

export interface LifecycleRule {
  readonly id: string;
  readonly isEnabled: boolean;
  readonly filter: LifecycleFilter;
  readonly expiration?: LifecycleExpiration;
  readonly transitions: readonly LifecycleTransition[];
  readonly noncurrentExpiration?: NoncurrentExpiration;
  readonly noncurrentTransitions: readonly NoncurrentTransition[];
  readonly abortUploadsAfterDays?: number;
}

/** Which small objects stay where they are unless a filter of the rule names a size. */
export type TransitionMinimum = 'all_storage_classes_128K' | 'varies_by_storage_class';

export interface LifecycleConfiguration {
  readonly rules: readonly LifecycleRule[];
  readonly transitionMinimum: TransitionMinimum;
}
