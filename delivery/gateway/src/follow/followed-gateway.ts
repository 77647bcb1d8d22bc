// Another gateway whose exports this one serves.
import type { RecoveryChain } from '@cess/index-export';

export interface FollowedGateway {
  /** Its account. */
  readonly gateway: Uint8Array;
  readonly chain: RecoveryChain;
  /** Pause between two looks at its anchors. */
  readonly periodMs: number;
}
