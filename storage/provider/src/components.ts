// The components that a provider is composed of.
import type { Ed25519Signer } from '@cess/crypto';
import type { FragmentFs } from '@cess/fragment-store';
import type { Clock, Logger, Metrics, OnFatal, Rng } from '@cess/primitives';
import type { Kv } from '@cess/store';
import type { ProviderChain } from './chain/chain-port.js';
import type { DutyChain } from './chain/duty-chain.js';
import type { SharedWork } from './scheduling/shared-work.js';
import type { TeePort } from './tagging/tee-port.js';

export interface ProviderComponents {
  readonly chain: ProviderChain;
  readonly duties: DutyChain;
  /** Shared by the providers of the process. Its creator stops it after the provider. */
  readonly shared: SharedWork;
  /** Signs receipts and attestations with the node key. */
  readonly nodeSigner: Ed25519Signer;
  /** Account that registers and stakes. */
  readonly account: Uint8Array;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  /** Ends the process after an error of background work that a retry cannot help. */
  readonly onFatal: OnFatal;
  /** Default: none. */
  readonly metrics?: Metrics;
  /** Default: the disk. */
  readonly fs?: FragmentFs;
  /** Default: HTTP, signed by the node key. */
  readonly tee?: TeePort;
  /** Opens the database of tags in a directory. Default: LMDB. */
  readonly openTags?: (dir: string) => Kv;
}
