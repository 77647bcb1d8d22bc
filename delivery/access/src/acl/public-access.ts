// Public access block (Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage").

export interface PublicAccessBlock {
  /** Refuses requests that set a public access control list. */
  readonly blockPublicAcls: boolean;
  /** Public grants of access control lists count for nothing (`aclReach`, option `ignoresPublic`). */
  readonly ignorePublicAcls: boolean;
  /** Refuses public bucket policies (`CompiledPolicy.isPublic`). */
  readonly blockPublicPolicy: boolean;
  /** A public policy grants nothing beyond the account (`PolicySet.restrictsPublicPolicy`). */
  readonly restrictPublicBuckets: boolean;
}

export const noPublicAccessBlock: PublicAccessBlock = {
  blockPublicAcls: false,
  ignorePublicAcls: false,
  blockPublicPolicy: false,
  restrictPublicBuckets: false,
};

/** Amazon's default for new buckets: everything is blocked. */
export const fullPublicAccessBlock: PublicAccessBlock = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
};

/** Of the settings of bucket and account, the more restrictive ones count. */
export function combinePublicAccessBlocks(...blocks: readonly PublicAccessBlock[]): PublicAccessBlock {
  return {
    blockPublicAcls: blocks.some((block) => block.blockPublicAcls),
    ignorePublicAcls: blocks.some((block) => block.ignorePublicAcls),
    blockPublicPolicy: blocks.some((block) => block.blockPublicPolicy),
    restrictPublicBuckets: blocks.some((block) => block.restrictPublicBuckets),
  };
}
