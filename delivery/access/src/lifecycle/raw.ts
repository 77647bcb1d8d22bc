// A lifecycle configuration as an XML reader gives it: texts, and every element may be missing.

export interface RawExpiration {
  readonly days?: string | undefined;
  readonly date?: string | undefined;
  readonly expiredObjectDeleteMarker?: string | undefined;
}

export interface RawTransition {
  readonly days?: string | undefined;
  readonly date?: string | undefined;
  readonly storageClass?: string | undefined;
}

export interface RawNoncurrent {
  readonly noncurrentDays?: string | undefined;
  readonly newerNoncurrentVersions?: string | undefined;
  /** Transitions only. */
  readonly storageClass?: string | undefined;
}

export interface RawTag {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
}

export interface RawPredicates {
  readonly prefix?: string | undefined;
  readonly tags?: readonly RawTag[] | undefined;
  readonly objectSizeGreaterThan?: string | undefined;
  readonly objectSizeLessThan?: string | undefined;
}

/** Either one predicate, or several in `and`. */
export interface RawFilter extends RawPredicates {
  readonly and?: RawPredicates | undefined;
}

export interface RawLifecycleRule {
  readonly id?: string | undefined;
  readonly status?: string | undefined;
  /** The older form, in place of a filter. */
  readonly prefix?: string | undefined;
  readonly filter?: RawFilter | undefined;
  readonly expiration?: RawExpiration | undefined;
  readonly transitions?: readonly RawTransition[] | undefined;
  readonly noncurrentVersionExpiration?: RawNoncurrent | undefined;
  readonly noncurrentVersionTransitions?: readonly RawNoncurrent[] | undefined;
  readonly abortIncompleteMultipartUpload?: { readonly daysAfterInitiation?: string | undefined } | undefined;
}
